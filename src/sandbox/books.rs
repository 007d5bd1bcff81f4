//! The records of a customer at liupai and binstd: sub-accounts, templates, logs. Both documents describe the same.

use serde_json::{Value, json};

use super::World;
use super::form::Form;

/// The records at one vendor. Sub-account 1 exists from the beginning and pays for the texts.
pub(super) struct Books {
    accounts: Vec<BooksAccount>,
    templates: Vec<BooksTemplate>,
    logs: Vec<BooksLog>,
}

/// The texts that the customer has paid for, over all sub-accounts.
const PAID_TEXTS: u64 = 1_000_000;

struct BooksAccount {
    id: usize,
    fields: BooksAccountFields,
    used: u64,
    added: i64,
}

struct BooksAccountFields {
    company: String,
    signature: String,
    status_url: String,
    reply_url: String,
    reply_username: String,
    reply_password: String,
    total: u64,
}

struct BooksTemplate {
    id: usize,
    account: usize,
    name: String,
    content: String,
    marketing: bool,
    added: i64,
}

struct BooksLog {
    id: String,
    mobile: String,
    text: String,
    template: String,
    /// Milliseconds since the Unix epoch.
    at: i64,
}

impl Default for Books {
    fn default() -> Self {
        let fields = BooksAccountFields {
            company: "信使沙盒".into(),
            signature: "【信使】".into(),
            status_url: String::new(),
            reply_url: String::new(),
            reply_username: String::new(),
            reply_password: String::new(),
            total: 100_000,
        };
        Self {
            accounts: vec![BooksAccount { id: 1, fields, used: 0, added: 0 }],
            templates: Vec::new(),
            logs: Vec::new(),
        }
    }
}

/// The field names that differ between the two vendors.
pub(super) struct PageNames {
    pub(super) page: &'static str,
    pub(super) page_size: &'static str,
    pub(super) template_name: &'static str,
}

/// A result, or the code of a rejection.
pub(super) type BooksResult = Result<Value, &'static str>;

impl Books {
    /// Answers an operation that both vendors have; `None` for any other operation.
    pub(super) fn answer(
        world: &mut World,
        vendor: usize,
        operation: &str,
        form: &Form,
        names: &PageNames,
    ) -> Option<BooksResult> {
        let now = world.now;
        let books = &mut world.books[vendor];
        Some(match operation {
            "balance" => Ok(books.accounts.iter().map(BooksAccount::balance).collect()),
            "addaccount" => books.add_account(form, now),
            "editaccount" => books.edit_account(form),
            "accountlist" => Ok(page(form, names, books.accounts.iter().map(BooksAccount::json).collect())),
            "addtemplate" => books.add_template(form, names, now),
            "edittemplate" => books.edit_template(form, names),
            "templatelist" => books.template_list(form, names),
            "templatedetail" => books.template(form).map(|template| template.json()),
            "sendlogs" => Ok(books.logs(form, names)),
            _ => return None,
        })
    }

    /// Records a text that was sent, in the log and on the sub-account.
    pub(super) fn sent(&mut self, id: String, mobile: &str, text: &str, template: &str, at: i64) {
        self.accounts[0].used += 1;
        let log = BooksLog { id, mobile: mobile.into(), text: text.into(), template: template.into(), at };
        self.logs.push(log);
    }

    fn add_account(&mut self, form: &Form, now: i64) -> BooksResult {
        let fields = BooksAccountFields::of(form)?;
        if self.accounts.iter().any(|account| account.fields.signature == fields.signature) {
            return Err("213");
        }
        let allotted: u64 = self.accounts.iter().map(|account| account.fields.total).sum();
        if allotted + fields.total > PAID_TEXTS {
            return Err("216");
        }
        let account = BooksAccount { id: self.accounts.len() + 1, fields, used: 0, added: now };
        let json = account.json();
        self.accounts.push(account);
        Ok(json)
    }

    fn edit_account(&mut self, form: &Form) -> BooksResult {
        let fields = BooksAccountFields::of(form)?;
        let account = self.account(form)?;
        // 不能小于已使用的次数.
        if fields.total < account.used {
            return Err("216");
        }
        account.fields = fields;
        Ok(account.json())
    }

    fn account(&mut self, form: &Form) -> Result<&mut BooksAccount, &'static str> {
        let id = form.utf8("accountid");
        if id.is_empty() {
            return Err("218");
        }
        self.accounts.iter_mut().find(|account| account.id.to_string() == id).ok_or("219")
    }

    fn add_template(&mut self, form: &Form, names: &PageNames, now: i64) -> BooksResult {
        let account = self.account(form)?.id;
        let (name, content) = (form.utf8(names.template_name), form.utf8("content"));
        if name.is_empty() {
            return Err("217");
        }
        if content.is_empty() {
            return Err("222");
        }
        if self.templates.iter().any(|template| template.account == account && template.name == name) {
            return Err("221");
        }
        let marketing = form.utf8("ismarket") == "1";
        let template = BooksTemplate { id: self.templates.len() + 1, account, name, content, marketing, added: now };
        let json = template.json();
        self.templates.push(template);
        Ok(json)
    }

    fn edit_template(&mut self, form: &Form, names: &PageNames) -> BooksResult {
        self.account(form)?;
        let (name, content) = (form.utf8(names.template_name), form.utf8("content"));
        if name.is_empty() {
            return Err("217");
        }
        let template = self.template(form)?;
        template.name = name;
        template.content = content;
        template.marketing = form.utf8("ismarket") == "1";
        Ok(template.json())
    }

    fn template(&mut self, form: &Form) -> Result<&mut BooksTemplate, &'static str> {
        let id = form.utf8("templateid");
        self.templates.iter_mut().find(|template| template.id.to_string() == id).ok_or("207")
    }

    fn template_list(&mut self, form: &Form, names: &PageNames) -> BooksResult {
        let account = self.account(form)?.id;
        let own = self.templates.iter().filter(|template| template.account == account);
        Ok(page(form, names, own.map(BooksTemplate::json).collect()))
    }

    fn logs(&self, form: &Form, names: &PageNames) -> Value {
        let template = form.utf8("templateid");
        let (start, end) = (form.utf8("start_date"), form.utf8("end_date"));
        let logs = self.logs.iter().filter(|log| {
            let day = &log.beijing_time()[..10];
            (template.is_empty() || log.template == template)
                && (start.is_empty() || day >= start.as_str())
                && (end.is_empty() || day <= end.as_str())
        });
        page(form, names, logs.map(BooksLog::json).collect())
    }
}

impl BooksAccount {
    fn balance(&self) -> Value {
        json!({
            "accountid": self.id.to_string(), "company": self.fields.company,
            "totalnum": self.fields.total.to_string(), "usednum": self.used.to_string(),
        })
    }

    fn json(&self) -> Value {
        let fields = &self.fields;
        json!({
            "accountid": self.id.to_string(), "company": fields.company, "signature": fields.signature,
            "statusurl": fields.status_url, "replyurl": fields.reply_url, "replyusername": fields.reply_username,
            "replypassword": fields.reply_password, "totalnum": fields.total.to_string(), "usednum": self.used.to_string(),
            "status": "1", "istemnocheck": "0", "failreason": "", "addtime": (self.added / 1000).to_string(),
        })
    }
}

impl BooksAccountFields {
    fn of(form: &Form) -> Result<Self, &'static str> {
        let text = |name| form.utf8(name);
        let (company, signature) = (text("company"), text("signature"));
        let code = if company.is_empty() {
            "214"
        } else if signature.is_empty() {
            "211"
        } else if !(signature.starts_with('【') && signature.ends_with('】')) {
            "212"
        } else {
            // 不能为0.
            match text("totalnum").parse::<u64>() {
                Ok(total) if total > 0 => {
                    return Ok(Self {
                        company,
                        signature,
                        status_url: text("statusurl"),
                        reply_url: text("replyurl"),
                        reply_username: text("replyusername"),
                        reply_password: text("replypassword"),
                        total,
                    });
                }
                _ => "215",
            }
        };
        Err(code)
    }
}

impl BooksTemplate {
    fn json(&self) -> Value {
        json!({
            "templateid": self.id.to_string(), "accountid": self.account.to_string(), "name": self.name,
            "content": self.content, "ismarket": if self.marketing { "1" } else { "0" }, "status": "1",
            "failreason": "", "addtime": (self.added / 1000).to_string(),
        })
    }
}

impl BooksLog {
    fn json(&self) -> Value {
        json!({
            "sendtime": self.beijing_time(), "mobile": self.mobile, "message": self.text, "msgid": self.id, "is_ok": 1,
        })
    }

    fn beijing_time(&self) -> String {
        super::clock::beijing_time(self.at)
    }
}

/// 获取子账号列表, 返回示例: `total`, the page, and `list`.
fn page(form: &Form, names: &PageNames, all: Vec<Value>) -> Value {
    let whole = |name, default| form.utf8(name).parse::<usize>().ok().filter(|number| *number > 0).unwrap_or(default);
    let (number, size) = (whole(names.page, 1), whole(names.page_size, 20));
    let total = all.len().to_string();
    let list: Vec<Value> = all.into_iter().skip((number - 1) * size).take(size).collect();
    json!({ "total": total, names.page: number.to_string(), names.page_size: size.to_string(), "list": list })
}
