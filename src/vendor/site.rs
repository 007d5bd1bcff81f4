//! [`Site`]: where an account's requests go.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;

/// The addresses of an account's endpoints.
pub(super) struct Site {
    /// Origin and prefix, without a slash at the end.
    pub(super) base_url: String,
    /// What stands between them and the name of an endpoint.
    path: &'static str,
    /// What stands behind the name.
    end: &'static str,
    /// The address asked for last: most requests go to one.
    last: RefCell<(&'static str, Rc<str>)>,
}

impl Site {
    pub(super) fn new(base_url: String, path: &'static str, end: &'static str) -> Self {
        Self { base_url, path, end, last: RefCell::default() }
    }

    /// The address of an endpoint by its name, which is not empty.
    pub(super) fn endpoint(&self, name: &'static str) -> Rc<str> {
        let mut last = self.last.borrow_mut();
        if last.0 != name {
            *last = (name, [&self.base_url, self.path, name, self.end].concat().into());
        }
        Rc::clone(&last.1)
    }
}
