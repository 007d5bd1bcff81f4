//! [`AccountOption`]: the options of a vendor's account, as a table. `configure` of each vendor reads their values.

/// One option of an account.
#[derive(Debug)]
pub struct AccountOption {
    /// The option's name in JavaScript.
    pub name: &'static str,
    /// The type of the value.
    pub kind: OptionKind,
}

/// The type of an option's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// The vendor's name, the same for every account of the vendor.
    Vendor,
    /// A required text.
    Required,
    /// An optional text.
    Text,
    /// An optional boolean; default false.
    Flag,
    /// An optional object of texts, by names of the caller's.
    Texts,
    /// One of these words; the first is the default.
    Choice(&'static [&'static str]),
}

/// The names of the options, in the same order.
pub(super) const fn names<const COUNT: usize>(options: &[AccountOption; COUNT]) -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    let mut at = 0;
    while at < COUNT {
        names[at] = options[at].name;
        at += 1;
    }
    names
}

pub(super) const fn required(name: &'static str) -> AccountOption {
    AccountOption { name, kind: OptionKind::Required }
}

pub(super) const fn text(name: &'static str) -> AccountOption {
    AccountOption { name, kind: OptionKind::Text }
}

pub(super) const fn texts(name: &'static str) -> AccountOption {
    AccountOption { name, kind: OptionKind::Texts }
}

pub(super) const fn flag(name: &'static str) -> AccountOption {
    AccountOption { name, kind: OptionKind::Flag }
}

pub(super) const fn choice(name: &'static str, words: &'static [&'static str]) -> AccountOption {
    AccountOption { name, kind: OptionKind::Choice(words) }
}

/// `vendor`: the vendor that holds the account.
pub(super) const VENDOR: AccountOption = AccountOption { name: "vendor", kind: OptionKind::Vendor };

/// `baseUrl`: replaces the vendor's documented origin.
pub(super) const BASE_URL: AccountOption = text("baseUrl");

/// `method`: see [`super::carrier`].
pub(super) const METHOD: AccountOption = choice("method", &["POST", "GET"]);
