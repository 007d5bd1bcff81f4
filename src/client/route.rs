//! [`Route`]: the accounts that some numbers go by. The first route that takes a number decides; a text never leaves it.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::carrier::{Issued, IssuingCarrier};
use crate::client::{Account, Sms};
use crate::decimal;
use crate::error::{Code, SmsError, shown_name};
use crate::options::Fields;
use crate::phone::Phone;

/// The accounts for some numbers.
pub struct Route {
    /// In ISO 3166; empty for any.
    countries: Vec<String>,
    /// Of the mainland; empty for any.
    carriers: Vec<IssuingCarrier>,
    /// Indices of accounts, in the order in which they are tried.
    accounts: Vec<usize>,
}

/// The route of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteChoice {
    /// The index of the route.
    pub index: usize,
    /// Why the route takes the number, as a sentence.
    pub why: String,
}

/// The carriers that a route may name. Numbers of others are of machines and satellites.
const CARRIERS: [IssuingCarrier; 4] =
    [IssuingCarrier::Mobile, IssuingCarrier::Unicom, IssuingCarrier::Telecom, IssuingCarrier::Broadnet];

/// The mainland, in ISO 3166.
const MAINLAND: &str = "CN";

impl Route {
    /// Reads the option `route`.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub(super) fn read(fields: &Fields<'_>, accounts: &[Account]) -> Result<Vec<Self>, SmsError> {
        let Some(value) = fields.value("route") else { return Ok(Vec::new()) };
        let list = value.list().filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| fields.wrong("route", "route is not a list of routes, or is empty"))?;
        if fields.value("order").is_some_and(|order| order.list().is_some()) {
            return Err(fields.wrong("order", "each route has its order: leave order out"));
        }
        let mut routes: Vec<Self> = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let path = fields.path(&["route.", &decimal::count(index)].concat());
            let route = Self::one(&Fields::new(value, &path, "the route")?, accounts)?;
            if let Some(before) = routes.iter().position(|before| before.covers(&route)) {
                let message = ["no number comes here: route.", &decimal::count(before), " takes them all"].concat();
                return Err(SmsError::argument(path, message));
            }
            routes.push(route);
        }
        Ok(routes)
    }

    fn one(fields: &Fields<'_>, accounts: &[Account]) -> Result<Self, SmsError> {
        fields.only(&["countries", "carriers", "accounts"])?;
        let texts = |name: &str| match fields.texts(name)? {
            Some(texts) if texts.is_empty() => Err(fields.wrong(name, [name, " is empty"].concat())),
            texts => Ok(texts.unwrap_or_default()),
        };
        let countries = texts("countries")?;
        if !countries.iter().all(|country| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            return Err(fields.wrong("countries", "a country is two capital letters, as ISO 3166 has it: CN"));
        }
        let carriers =
            texts("carriers")?.into_iter().map(|name| CARRIERS.into_iter().find(|known| known.as_str() == name));
        let carriers: Option<Vec<_>> = carriers.collect();
        let carriers =
            carriers.ok_or_else(|| fields.wrong("carriers", "a carrier is mobile, unicom, telecom or broadnet"))?;
        if !(carriers.is_empty() || countries.is_empty() || countries.contains(&MAINLAND)) {
            return Err(fields.wrong("carriers", "carriers are of CN, which countries lacks"));
        }
        let names = texts("accounts")?;
        if names.is_empty() {
            return Err(fields.wrong("accounts", "accounts is missing"));
        }
        let mut order = Vec::new();
        for name in names {
            let at = accounts.iter().position(|account| *account.name == *name).filter(|at| !order.contains(at));
            order.push(at.ok_or_else(|| {
                let message = ["accounts names ", &shown_name(name), ", which vendors lacks or accounts names twice"];
                fields.wrong("accounts", message.concat())
            })?);
        }
        Ok(Self { countries: countries.into_iter().map(ToOwned::to_owned).collect(), carriers, accounts: order })
    }

    /// Whether this route takes every number that another takes.
    fn covers(&self, other: &Self) -> bool {
        let carriers = &other.carriers;
        let is_mainlands = !carriers.is_empty() && self.countries.iter().any(|country| country == MAINLAND);
        let countries = !other.countries.is_empty() && other.countries.iter().all(|one| self.countries.contains(one));
        let all_carriers = !carriers.is_empty() && carriers.iter().all(|one| self.carriers.contains(one));
        (self.countries.is_empty() || is_mainlands || countries) && (self.carriers.is_empty() || all_carriers)
    }

    fn takes(&self, carrier: IssuingCarrier, country: Option<&str>) -> bool {
        let is_of = |known: &String| Some(&**known) == country;
        (self.carriers.is_empty() || self.carriers.contains(&carrier))
            && (self.countries.is_empty() || self.countries.iter().any(is_of))
    }
}

impl Sms {
    /// Sets the function that tells the country of a number abroad, in ISO 3166.
    pub fn set_country_of(&mut self, country_of: Box<dyn Fn(&Phone) -> Option<String>>) {
        self.country_of = Some(country_of);
    }

    /// Whether routes need the country of a number abroad.
    #[must_use]
    pub fn routes_by_country(&self) -> bool {
        self.routes.iter().any(|route| route.countries.iter().any(|country| country != MAINLAND))
    }

    /// Rejects routes by country where nothing tells the country.
    ///
    /// # Errors
    /// `invalid_argument` naming `country`.
    pub fn check_countries(&self) -> Result<(), SmsError> {
        if !self.routes_by_country() {
            return Ok(());
        }
        let missing = "to route by country, pass country: import { countryOf } from \"xinshi/country\"";
        Err(SmsError::argument("country", missing))
    }

    /// Whether numbers decide the accounts.
    #[must_use]
    pub fn has_routes(&self) -> bool {
        !self.routes.is_empty()
    }

    /// The accounts for a number, as indices in the order in which they are tried, and the route that says so.
    ///
    /// # Errors
    /// `number` where no route takes it.
    pub fn route_of(&self, phone: &Phone) -> Result<(Vec<usize>, Option<RouteChoice>), SmsError> {
        let is_needed = !phone.is_mainland() && self.routes_by_country();
        let country = self.country_of.as_ref().filter(|_| is_needed).and_then(|country_of| country_of(phone));
        self.route_in(phone, country.as_deref())
    }

    /// The same, for a number abroad of this country.
    ///
    /// # Errors
    /// As [`Sms::route_of`].
    pub fn route_in(
        &self,
        phone: &Phone,
        country: Option<&str>,
    ) -> Result<(Vec<usize>, Option<RouteChoice>), SmsError> {
        if self.routes.is_empty() {
            return Ok(((0..self.tried).collect(), None));
        }
        let carrier = Issued::of(*phone).carrier;
        let country = if phone.is_mainland() { Some(MAINLAND) } else { country };
        let found = self.routes.iter().enumerate().find(|(_, route)| route.takes(carrier, country));
        let (index, route) = found.ok_or_else(|| {
            let message = "no route takes this number: add a last one without countries and carriers to route";
            SmsError::not_sent(Code::Number, message).field("to")
        })?;
        let why = if !route.carriers.is_empty() {
            ["the number was issued by ", carrier.as_str()].concat()
        } else if route.countries.is_empty() {
            "the route takes every number".to_owned()
        } else {
            ["the number is of ", country.unwrap_or_default()].concat()
        };
        Ok((route.accounts.clone(), Some(RouteChoice { index, why })))
    }

    /// The accounts of every route, each in its order; without routes, those that are tried.
    pub(super) fn all_orders(&self) -> Vec<Vec<usize>> {
        if self.routes.is_empty() {
            return Vec::from([(0..self.tried).collect()]);
        }
        self.routes.iter().map(|route| route.accounts.clone()).collect()
    }
}
