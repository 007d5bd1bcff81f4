//! The numbers to send to: the lists, the countries, and the one form of each number.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::config::Config;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::handler_reply::Problem;
use crate::edge::host::Host;
use crate::edge::otp_routes::phone;
use crate::edge::send_request::SendRejection;
use crate::options::Fields;
use crate::phone::Phone;

impl Config {
    /// The entries of the options for other countries: the option's name, and numbers in E.164 of which at least one
    /// must have a country. An entry in another form than a number's own would match no number: see
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
        for phone in self.review_numbers.phones().filter(|phone| !phone.is_mainland()) {
            list("reviewNumbers", Vec::from([phone.e164()]));
        }
        listed
    }
}

impl Config {
    pub(super) async fn check_lists(&self, phone: &Phone, host: &impl Host) -> Result<(), SendRejection> {
        let Some(rejection) = self.rejected_by_list(phone, host).await else { return Ok(()) };
        let by = if rejection == SendRejection::Denied { "list" } else { "country" };
        host.emit(&EdgeEvent::Rejected { phone, by, until: None, reason: None, shadow: self.shadow });
        if self.shadow { Ok(()) } else { Err(rejection) }
    }

    /// The reason why the lists or the country forbid sending to a number.
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
            // This holds for any prefix in the lists: a number without a country is not in its own form.
            let country = self.country(phone, host).await;
            country.is_some_and(|country| is_served(&country) || self.is_allowed(phone))
        };
        (!served).then_some(SendRejection::Country)
    }

    /// The country of a number outside the mainland. Not looked up if only the mainland is sent to.
    async fn country(&self, phone: &Phone, host: &impl Host) -> Option<String> {
        if self.sends_abroad() { host.country(phone).await } else { None }
    }

    /// Reads a number for a query of stored state. Abroad, a trunk prefix gives a phone a second number, `+490170…`
    /// beside `+49170…`: texts go to one form, and a query for the other must not answer that nothing is stored.
    ///
    /// # Errors
    /// 400 for any other text.
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

    /// Rejects a number in a form that no text goes to.
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
