//! [`intern`]: texts that live as long as the program, for names that a caller gives where a built-in vendor's are fixed.

use alloc::boxed::Box;

use once_cell::race::OnceBox;

/// A text, and the one that was added after it.
struct Interned {
    text: Box<str>,
    next: OnceBox<Interned>,
}

static FIRST: OnceBox<Interned> = OnceBox::new();

/// The one copy of a text, which is never freed. Only for names in a program's definitions: they are few, and equal texts
/// share a copy.
#[must_use]
pub fn intern(text: &str) -> &'static str {
    let mut slot = &FIRST;
    loop {
        let interned = slot.get_or_init(|| Box::new(Interned { text: text.into(), next: OnceBox::new() }));
        if *interned.text == *text {
            return &interned.text;
        }
        slot = &interned.next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_copy() {
        let [one, other, again] = ["a", "b", "a"].map(intern);
        assert_eq!((one, other), ("a", "b"));
        assert!(core::ptr::eq(one, again));
    }
}
