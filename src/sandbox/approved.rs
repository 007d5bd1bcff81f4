//! What the servers of approved templates share: the templates, and a memory of texts and nonces.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// A template that a vendor approved. Its variables are written `${name}`.
pub(super) struct SandboxTemplate {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

/// The templates of both vendors, in the order of their ids. The second takes any text, so that texts without a template
/// of their own can be tried.
pub(super) const TEMPLATES: [SandboxTemplate; 2] = [
    SandboxTemplate { name: "验证码", text: "您的验证码是${code}，${minutes}分钟内有效。" },
    SandboxTemplate { name: "通知", text: "${text}" },
];

impl SandboxTemplate {
    /// The names of the variables, in the order of the text.
    pub(super) fn variables(&self) -> Vec<&'static str> {
        self.text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    /// The text with its values; `None` where one is missing.
    pub(super) fn filled(&self, value_of: impl Fn(&str) -> Option<String>) -> Option<String> {
        let mut parts = self.text.split("${");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}')?;
            filled.push_str(&value_of(name)?);
            filled.push_str(rest);
        }
        Some(filled)
    }
}

/// What the servers remember.
#[derive(Default)]
pub(super) struct ApprovedTexts {
    sent: VecDeque<AcceptedText>,
    nonces: BTreeSet<String>,
    codes: BTreeMap<String, String>,
}

/// A text that a vendor accepted.
pub(super) struct AcceptedText {
    pub(super) vendor: &'static str,
    pub(super) id: String,
    pub(super) to: String,
    pub(super) text: Rc<str>,
    pub(super) template: String,
    pub(super) reference: Rc<str>,
    /// Milliseconds since the Unix epoch.
    pub(super) at: i64,
}

/// The maximum number of texts and of nonces.
const MAX_KEPT: usize = 100_000;

impl ApprovedTexts {
    pub(super) fn keep(&mut self, text: AcceptedText) {
        if self.sent.len() >= MAX_KEPT {
            self.sent.pop_front();
        }
        self.sent.push_back(text);
    }

    /// The texts of a vendor, the newest first.
    pub(super) fn of(&self, vendor: &str) -> impl Iterator<Item = &AcceptedText> {
        self.sent.iter().rev().filter(move |text| text.vendor == vendor)
    }

    /// The id of the newest text of a vendor to a mainland number with this reference; with any, if it is empty.
    pub(super) fn id_of(&self, vendor: &str, mobile: &str, reference: &str) -> Option<String> {
        let is_it = |text: &&AcceptedText| {
            text.to.strip_prefix("+86") == Some(mobile) && (reference.is_empty() || *text.reference == *reference)
        };
        self.of(vendor).find(is_it).map(|text| text.id.clone())
    }

    /// Stores the code that the vendor made for a number, in place of an earlier one.
    pub(super) fn keep_code(&mut self, to: String, code: String) {
        if self.codes.len() >= MAX_KEPT {
            self.codes.clear();
        }
        self.codes.insert(to, code);
    }

    /// Whether the vendor made this code for the number. A code that passes is used up.
    pub(super) fn take_code(&mut self, to: &str, code: &str) -> bool {
        let passes = self.codes.get(to).is_some_and(|known| known == code);
        if passes {
            self.codes.remove(to);
        }
        passes
    }

    /// Takes a nonce; returns whether it was new.
    pub(super) fn take_nonce(&mut self, nonce: &str) -> bool {
        if self.nonces.len() >= MAX_KEPT {
            self.nonces.clear();
        }
        self.nonces.insert(nonce.to_owned())
    }
}
