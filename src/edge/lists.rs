//! Which numbers are sent to: the lists, the countries, and the one form that a number has.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::config::Config;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::handler::Handler;
use crate::edge::handler_reply::Problem;
use crate::edge::host::Host;
use crate::edge::otp_routes::phone;
use crate::edge::send_code::SendRejection;
use crate::options::Fields;
use crate::phone::Phone;

impl Config {
    /// What options list of other countries: the name of an option, and numbers in E.164, of which one at least is to have a country.
    /// In any form but its own, a number or the beginning of one would stand there for nobody: see
    /// [`Config::stored_phone`].
    #[must_use]
    pub fn listed_abroad(&self) -> Vec<Vec<String>> {
        let mut listed = Vec::new();
        let mut list = |name: &str, mut numbers: Vec<String>| {
            if !numbers.is_empty() {
                numbers.insert(0, name.to_owned());
                listed.push(numbers);
            }
        };
        self.allow.iter().for_each(|pattern| list("allow", pattern.numbers_abroad()));
        self.deny.iter().for_each(|pattern| list("deny", pattern.numbers_abroad()));
        for (phone, _) in self.test_numbers.iter().filter(|(phone, _)| !phone.is_mainland()) {
            list("testNumbers", Vec::from([phone.e164()]));
        }
        listed
    }
}

impl Config {
    pub(super) async fn check_lists(&self, phone: &Phone, host: &impl Host) -> Result<(), SendRejection> {
        let Some(rejection) = self.rejected_by_list(phone, host).await else { return Ok(()) };
        let by = if rejection == SendRejection::Denied { "list" } else { "country" };
        host.tell(&EdgeEvent::Refused { phone, by, until: None, reason: None, shadow: self.config.shadow });
        if self.shadow { Ok(()) } else { Err(rejection) }
    }

    /// Why no text ever goes to a number, whatever was sent before.
    pub(super) async fn rejected_by_list(&self, phone: &Phone, host: &impl Host) -> Option<SendRejection> {
        if self.is_denied(phone) {
            return Some(SendRejection::Denied);
        }
        if self.is_allowed_itself(phone) {
            return None;
        }
        let is_served = |country: &str| self.countries.iter().any(|known| known == country);
        let served = if phone.is_mainland() {
            is_served("CN") || self.is_allowed(phone)
        } else {
            // Whatever the list says of its beginning: a number that has no country is written in another's form.
            let country = self.country(phone, host).await;
            country.is_some_and(|country| is_served(&country) || self.is_allowed(phone))
        };
        (!served).then_some(SendRejection::Country)
    }

    /// The country of a number that is not of the mainland. Where the mainland alone is sent to, nobody needs to know.
    async fn country(&self, phone: &Phone, host: &impl Host) -> Option<String> {
        if self.sends_abroad() { host.country(phone).await } else { None }
    }

    /// A number of which something is stored. Abroad a trunk prefix makes another of it, `+490170…` beside `+49170…`: texts go
    /// to one of them, and whoever asks for the other is not to be told that nothing is known of it.
    ///
    /// # Errors
    /// 400 for anything else.
    pub(super) async fn stored_phone(
        &self,
        fields: &Fields<'_>,
        name: &str,
        host: &impl Host,
    ) -> Result<Phone, Problem> {
        let phone = phone(fields, name)?;
        self.check_form(&phone, name, host).await?;
        Ok(phone)
    }

    /// Refuses a number in a form that texts never go to.
    ///
    /// # Errors
    /// 400.
    pub(super) async fn check_form(&self, phone: &Phone, name: &str, host: &impl Host) -> Result<(), Problem> {
        let has_own = phone.is_mainland() || self.is_allowed_itself(phone) || !self.sends_abroad();
        if has_own || self.country(phone, host).await.is_some() {
            return Ok(());
        }
        Err(Problem::malformed(name, "the number is of no country: leave a trunk prefix out"))
    }
}
