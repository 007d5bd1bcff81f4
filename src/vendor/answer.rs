//! [`VendorAnswer`]: the result of an operation other than sending, under its names in JavaScript.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Serialize, Serializer};

use crate::vendor::report::PulledRecords;

/// The result of one operation. A field that the vendor left empty is absent.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum VendorAnswer {
    /// The remaining texts.
    Balance(Balance),
    /// A sub-account that was created or changed.
    Account(SubAccountRecord),
    /// A template that was created, changed or looked up.
    Template(TemplateRecord),
    /// A signature that was looked up.
    Signature(SignatureRecord),
    /// The comparison of a code.
    Verification(Verification),
    /// A page of a list.
    Page(Page),
    /// Words that the vendor blocks.
    Words(Vec<String>),
    /// Reports or replies. The vendor erases its copy when it returns them.
    Pulled(PulledRecords),
}

/// The remaining texts of an account.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// Texts that can still be sent, over all sub-accounts.
    pub remaining: AnswerCount,
    /// `prepaid` or `postpaid` (apiv1, 用户余额查询接口).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<&'static str>,
    /// The vendor's own word for that (apiv1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_name: Option<String>,
    /// The texts of each sub-account (liupai and binstd, 查询余额).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<AccountBalance>>,
}

/// The texts that a sub-account was allotted and has used.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountBalance {
    /// The vendor's id of the sub-account.
    pub account_id: String,
    /// The company's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Texts allotted.
    pub total: AnswerCount,
    /// Texts used.
    pub used: AnswerCount,
}

/// A sub-account.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "pkg-template/client/answers.d.ts documents each")]
pub struct SubAccountRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_username: Option<String>,
    /// `src/js/results.rs` makes it not enumerable, so that no console prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<AnswerCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<AnswerCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_review_exempt: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

/// A template.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "pkg-template/client/answers.d.ts documents each")]
pub struct TemplateRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marketing: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

/// A signature (签名) of the account's.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "pkg-template/client/answers.d.ts documents each")]
pub struct SignatureRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

/// The vendor's comparison of a code that it made.
#[derive(Debug, Serialize)]
pub struct Verification {
    /// Whether the code is the one that was sent.
    pub passed: bool,
    /// The vendor's own word for it.
    pub status: String,
}

/// A text that was sent (liupai, 短信日志; aliyun, `QuerySendDetails`).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "pkg-template/client/answers.d.ts documents each")]
pub struct SentText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<String>,
}

/// The records of a list, all of one kind.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Items {
    /// Sub-accounts.
    Accounts(Vec<SubAccountRecord>),
    /// Templates.
    Templates(Vec<TemplateRecord>),
    /// Signatures.
    Signatures(Vec<SignatureRecord>),
    /// Texts that were sent.
    SentTexts(Vec<SentText>),
}

/// A page of a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// The records of this page.
    pub items: Items,
    /// The page's number, from 1.
    pub page: AnswerCount,
    /// Records on a full page: the vendor's value, or the one asked for.
    pub page_size: AnswerCount,
    /// Records on all pages, if the vendor counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<AnswerCount>,
    /// The page to ask for next; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<AnswerCount>,
    /// The sub-account that owns the records (binstd, 获取模板列表).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Texts allotted to that sub-account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_total: Option<AnswerCount>,
    /// Texts used by that sub-account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_used: Option<AnswerCount>,
}

/// A vendor's whole number. One that JavaScript cannot hold exactly becomes the nearest that it can, as in
/// `JSON.parse`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnswerCount(pub i64);

impl Serialize for AnswerCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;
        if self.0.unsigned_abs() <= MAX_SAFE_INTEGER {
            return serializer.serialize_i64(self.0);
        }
        #[allow(clippy::cast_precision_loss, reason = "as JSON.parse reads it")]
        serializer.serialize_f64(self.0 as f64)
    }
}
