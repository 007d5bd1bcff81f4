//! [`Approved`]: the signature and the templates of an account whose vendor sends nothing but templates that it approved.
//! A message names a template and gives its values; or it has a text, and the template is found that the text was
//! written from.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::decimal;
use crate::error::{Code, SmsError};
use crate::options::Fields;
use crate::search;
use crate::template::TemplateValues;
use crate::template_params::TemplateParams;
use crate::vendor::Share;
use crate::vendor::account::{AccountOption, required, texts};

/// The signature, without its brackets, of messages that name none.
pub(super) const SIGN_NAME: AccountOption = required("signName");
/// The texts of the account's templates, by their ids, with the vendor's placeholders.
pub(super) const TEMPLATES: AccountOption = texts("templates");

/// The signature and the templates of an account.
pub(super) struct Approved {
    sign_name: Rc<str>,
    templates: Vec<ApprovedTemplate>,
}

struct ApprovedTemplate {
    id: Rc<str>,
    /// The parts of the text around its variables, one more than there are variables.
    literals: Vec<String>,
    /// The names of the variables, in the order of the text.
    names: Vec<String>,
}

/// A message as such a vendor takes it.
pub(super) struct Filling {
    pub(super) template_id: Rc<str>,
    pub(super) sign_name: Rc<str>,
    /// The names and the values of the variables.
    pub(super) params: Vec<(String, String)>,
    /// Whether the values have names.
    pub(super) are_named: bool,
}

impl Approved {
    /// Reads `signName` and `templates`. `open` begins a placeholder; a name and `}` follow.
    pub(super) fn configure(fields: &Fields<'_>, open: &str) -> Result<Self, SmsError> {
        let mut templates = Vec::new();
        if let Some(value) = fields.value("templates") {
            let texts = Fields::new(value, &fields.path("templates"), "templates")?;
            for (id, _) in texts.members() {
                templates.push(ApprovedTemplate::parse(id, signed(texts.required(id)?).1, open));
            }
        }
        Ok(Self { sign_name: fields.required("signName")?.into(), templates })
    }

    /// The names of the variables of all templates.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.templates.iter().flat_map(|template| template.names.iter().map(String::as_str))
    }

    /// A text of a batch as the vendor takes it.
    ///
    /// # Errors
    /// `template` where no template of the account has this text, or one that is listed there has a variable without a
    /// value; `invalid_argument` for values without a template.
    pub(super) fn fill(&self, batch: &Batch, text: &str) -> Result<Filling, SmsError> {
        let (signature, body) = signed(text);
        let sign_name =
            batch.sign_name.clone().or_else(|| signature.map(Rc::from)).unwrap_or_else(|| Rc::clone(&self.sign_name));
        let filling = |template_id: &Rc<str>, params, are_named| {
            Ok(Filling { template_id: Rc::clone(template_id), sign_name, params, are_named })
        };
        match (&batch.template_id, &batch.params) {
            (Some(id), Some(params)) => {
                let listed = self.templates.iter().find(|template| template.id == *id);
                if let Some(name) = listed.and_then(|template| template.without_value(params)) {
                    let message = ["params lacks a value for the template's variable ", name].concat();
                    return Err(SmsError::not_sent(Code::Template, message).field("params"));
                }
                filling(id, params.values.clone(), params.are_named)
            }
            (None, Some(_)) => Err(SmsError::argument("templateId", "params are the values of a template: name it")),
            (Some(id), None) if text.is_empty() => filling(id, Vec::new(), true),
            (id, None) => match self.find(id.as_deref(), body) {
                Some((template, values)) => filling(&template.id, template.named(values), true),
                None => Err(SmsError::not_sent(
                    Code::Template,
                    "the text is of none of the account's templates: list it there, or give templateId and params",
                )
                .field("text")),
            },
        }
    }

    /// The share of a recipient with a text of its own, for a vendor that takes many signatures and values for one
    /// template in a request: the signature, then the values. `None` for a text of no template.
    pub(super) fn share(&self, text: &str) -> Option<Share> {
        let (signature, body) = signed(text);
        let (template, mut values) = self.find(None, body)?;
        values.insert(0, signature.unwrap_or(&self.sign_name));
        Some(Share::Filled { template: Rc::clone(&template.id), values: TemplateValues::of(&values)? })
    }

    /// The signature and the values of [`Approved::share`], with their names.
    pub(super) fn shared<'a>(&self, id: &str, values: &'a TemplateValues) -> (&'a str, Vec<(String, String)>) {
        let mut values = values.iter();
        let signature = values.next().unwrap_or_default();
        let template = self.templates.iter().find(|template| *template.id == *id);
        (signature, template.map(|template| template.named(values.collect())).unwrap_or_default())
    }

    /// The template that a text was written from, and its values. Of several, the one with most text of its own.
    fn find<'a>(&self, id: Option<&str>, body: &'a str) -> Option<(&ApprovedTemplate, Vec<&'a str>)> {
        let named = self.templates.iter().filter(|template| id.is_none_or(|id| *template.id == *id));
        let fitting = named.filter_map(|template| Some((template, template.values(body)?)));
        fitting.max_by_key(|(template, _)| template.literals.iter().map(String::len).sum::<usize>())
    }
}

impl ApprovedTemplate {
    fn parse(id: &str, mut text: &str, open: &str) -> Self {
        let (mut literals, mut names) = (Vec::new(), Vec::new());
        while let Some((literal, (name, rest))) =
            search::split(text, open).and_then(|(literal, rest)| Some((literal, search::split(rest, "}")?)))
        {
            literals.push(literal.to_owned());
            names.push(name.to_owned());
            text = rest;
        }
        literals.push(text.to_owned());
        Self { id: id.into(), literals, names }
    }

    /// The values of the variables in a text of this template; `None` for any other text.
    fn values<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let (first, behind) = self.literals.split_first()?;
        let mut rest = text.strip_prefix(first.as_str())?;
        let mut values = Vec::new();
        for (index, literal) in behind.iter().enumerate() {
            let is_last = index + 1 == behind.len();
            let end = if is_last { rest.strip_suffix(literal.as_str())?.len() } else { search::find(rest, literal)? };
            values.push(&rest[..end]);
            rest = &rest[end + literal.len()..];
        }
        // A variable that occurs twice has one value.
        let value_of = |name| self.names.iter().position(|known| known == name).map(|at| values[at]);
        let agrees = self.names.iter().zip(&values).all(|(name, value)| value_of(name) == Some(*value));
        (rest.is_empty() && agrees).then_some(values)
    }

    /// The first variable without a value. Values without names are those of numbered variables, from 1.
    fn without_value(&self, params: &TemplateParams) -> Option<&String> {
        let values = &params.values;
        let has = |name: &str| {
            if params.are_named {
                return values.iter().any(|(known, _)| known == name);
            }
            let number = decimal::parse(name).and_then(|number| usize::try_from(number).ok());
            number.is_none_or(|number| number <= values.len())
        };
        self.names.iter().find(|name| !has(name))
    }

    /// The values under the names of their variables, each once.
    fn named(&self, values: Vec<&str>) -> Vec<(String, String)> {
        let mut named: Vec<(String, String)> = Vec::new();
        for (name, value) in self.names.iter().zip(values) {
            if !named.iter().any(|(known, _)| known == name) {
                named.push((name.clone(), value.to_owned()));
            }
        }
        named
    }
}

/// The signature at either end of a text, without its brackets, and the rest of the text.
fn signed(text: &str) -> (Option<&str>, &str) {
    let first = text.strip_prefix('【').and_then(|rest| search::split(rest, "】"));
    let last = || text.strip_suffix('】').and_then(|rest| Some((search::find_last(rest, "【")?, rest)));
    match first {
        Some((signature, rest)) => (Some(signature), rest),
        None => last().map_or((None, text), |(at, rest)| (Some(&rest[at + '【'.len_utf8()..]), &rest[..at])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_gives_back_the_values_that_it_was_written_with() {
        let values = |template: &str, open, text: &str| {
            let template = ApprovedTemplate::parse("1", template, open);
            template.values(text).map(|values| template.named(values))
        };
        let pairs = |pairs: &[(&str, &str)]| {
            Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>())
        };
        let code = "您的验证码是${code}，${min}分钟内有效。";
        assert_eq!(values(code, "${", "您的验证码是1234，5分钟内有效。"), pairs(&[("code", "1234"), ("min", "5")]));
        assert_eq!(values("{1}为您的登录验证码", "{", "12为您的登录验证码"), pairs(&[("1", "12")]));
        assert_eq!(values("${a}", "${", "分钟}${"), pairs(&[("a", "分钟}${")]));
        assert_eq!(values("没有变量", "${", "没有变量"), pairs(&[]));
        assert_eq!(values("码${c}，\n\n@a.example #${c}", "${", "码12，\n\n@a.example #12"), pairs(&[("c", "12")]));
        // The last part is looked for at the end, each other one at its first place.
        assert_eq!(values("a${x}b${y}b", "${", "a1b2b3b"), pairs(&[("x", "1"), ("y", "2b3")]));
        for (template, text) in [
            (code, "您的验证码是1234，5分钟内有效"),
            (code, "验证码1234"),
            ("码${c}#${c}", "码1#2"),
            ("没有变量", "没有变量。"),
            ("ab${x}ba", "aba"),
        ] {
            assert_eq!(values(template, "${", text), None, "{template} {text}");
        }
    }

    #[test]
    fn a_signature_is_at_either_end() {
        assert_eq!(signed("【信使】您好【1】"), (Some("信使"), "您好【1】"));
        assert_eq!(signed("您好【信使】"), (Some("信使"), "您好"));
        for text in ["您好", "【您好", "您好】", "您【信使】好", ""] {
            assert_eq!(signed(text), (None, text));
        }
    }
}
