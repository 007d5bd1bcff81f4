//! [`AccountOption`]: what a caller says of an account, as facts. The vendor's `configure` reads the values.

/// One option of an account.
#[derive(Debug)]
pub struct AccountOption {
    /// Its name in JavaScript.
    pub name: &'static str,
    /// What it holds.
    pub kind: OptionKind,
}

/// What an option holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// The vendor's name.
    Vendor,
    /// A text that must be there.
    Required,
    /// A text that may be left out.
    Text,
    /// True or false; false where it is left out.
    Flag,
    /// One of these words; the first where it is left out.
    Choice(&'static [&'static str]),
}

/// The names of options.
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

pub(super) const fn flag(name: &'static str) -> AccountOption {
    AccountOption { name, kind: OptionKind::Flag }
}

pub(super) const fn choice(name: &'static str, words: &'static [&'static str]) -> AccountOption {
    AccountOption { name, kind: OptionKind::Choice(words) }
}

/// Whose account it is.
pub(super) const VENDOR: AccountOption = AccountOption { name: "vendor", kind: OptionKind::Vendor };

/// Where requests go instead of the vendor's documented origin.
pub(super) const BASE_URL: AccountOption = text("baseUrl");

/// How requests travel: see [`super::carrier`].
pub(super) const METHOD: AccountOption = choice("method", &["POST", "GET"]);
