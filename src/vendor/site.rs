//! [`Site`]: the URLs that an account's requests go to.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;

/// The URLs of an account's endpoints.
pub(super) struct Site {
    /// Origin and prefix, without a slash at the end.
    pub(super) base_url: String,
    /// The path between `base_url` and the endpoint's name.
    path: &'static str,
    /// The path behind the endpoint's name.
    end: &'static str,
    /// The name and URL of the last request: most requests go to one endpoint.
    last: RefCell<(&'static str, Rc<str>)>,
}

impl Site {
    pub(super) fn new(base_url: String, path: &'static str, end: &'static str) -> Self {
        Self { base_url, path, end, last: RefCell::default() }
    }

    /// The URL of an endpoint. `name` is not empty.
    pub(super) fn endpoint(&self, name: &'static str) -> Rc<str> {
        let mut last = self.last.borrow_mut();
        if last.0 != name {
            *last = (name, [&self.base_url, self.path, name, self.end].concat().into());
        }
        Rc::clone(&last.1)
    }
}
