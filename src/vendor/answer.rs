//! [`VendorAnswer`]: what a vendor answers to everything but a send, under the names that JavaScript sees.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Serialize, Serializer};

use crate::vendor::report::PulledRecords;

/// The answer to one operation. What the vendor left empty is absent.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum VendorAnswer {
    /// Texts left.
    Balance(Balance),
    /// A sub-account that was made or changed.
    Account(SubAccountRecord),
    /// A template that was made, changed or looked up.
    Template(TemplateRecord),
    /// A page of a list.
    Page(Page),
    /// Words that the vendor blocks.
    Words(Vec<String>),
    /// Reports or replies, which the vendor erases by giving them.
    Pulled(PulledRecords),
}

/// Texts left.
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
    /// By sub-account (liupai and binstd, 查询余额).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<AccountBalance>>,
}

/// Texts that a sub-account was allotted and used.
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
    /// No console may print it: `src/js/leaving.rs` makes it not enumerable.
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

/// A text that was sent (liupai, 短信日志).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "pkg-template/client/answers.d.ts documents each")]
pub struct SentText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
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
    /// Texts that were sent.
    SentTexts(Vec<SentText>),
}

/// A page of a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// The records of this page.
    pub items: Items,
    /// From 1 on.
    pub page: AnswerCount,
    /// Records a page, as the vendor says or as it was asked.
    pub page_size: AnswerCount,
    /// Records on all pages, where the vendor says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<AnswerCount>,
    /// The page to ask for next; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<AnswerCount>,
    /// Whose the records are (binstd, 获取模板列表).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Texts that sub-account was allotted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_total: Option<AnswerCount>,
    /// Texts that sub-account used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_used: Option<AnswerCount>,
}

/// A whole number of a vendor's. One that JavaScript cannot hold exactly becomes the nearest that it can, as `JSON.parse` reads it.
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
