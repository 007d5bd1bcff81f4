//! [`TemplateParams`]: the values for the variables of a template that the vendor keeps.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::options::Fields;

/// Values in the order in which the caller wrote them, each with the name of its variable, or none with a name.
pub struct TemplateParams {
    /// Whether the values have names.
    pub are_named: bool,
    /// The names and the values. A name is empty where the values have none.
    pub values: Vec<(String, String)>,
}

impl TemplateParams {
    /// Reads `params`: an object of strings, or a list of strings.
    ///
    /// # Errors
    /// `invalid_argument` naming the field.
    pub fn read(fields: &Fields<'_>) -> Result<Option<Rc<Self>>, SmsError> {
        let Some(value) = fields.value("params") else { return Ok(None) };
        let are_named = value.list().is_none();
        let values = if are_named {
            let named = Fields::new(value, &fields.path("params"), "params")?;
            let texts =
                named.members().map(|(name, _)| Ok((name.to_owned(), named.text(name)?.unwrap_or_default().into())));
            texts.collect::<Result<_, SmsError>>()?
        } else {
            fields.texts("params")?.unwrap_or_default().into_iter().map(|value| (String::new(), value.into())).collect()
        };
        Ok(Some(Rc::new(Self { are_named, values })))
    }
}
