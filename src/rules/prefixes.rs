//! Numbers by their prefixes: those of machines and satellites, and unassigned ones.

use alloc::string::String;

use crate::carrier::{AS_OF, Issued, Service};
use crate::decimal;
use crate::phone::Phone;
use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;

/// The rule that numbers of a service break.
pub(super) const fn rule_of(service: Service) -> Option<Rule> {
    match service {
        Service::Unassigned => Some(Rule::UnassignedNumber),
        Service::Machine => Some(Rule::MachineNumber),
        Service::Satellite => Some(Rule::SatelliteNumber),
        Service::Phone | Service::Resale | Service::Abroad => None,
    }
}

/// The numbers of a bulk that break a rule: their count, and the first.
#[derive(Default)]
pub(super) struct NumberFindings([(usize, Option<Phone>); 3]);

const RULES: [Rule; 3] = [Rule::UnassignedNumber, Rule::MachineNumber, Rule::SatelliteNumber];

impl NumberFindings {
    /// Counts a number.
    pub(super) fn count(&mut self, phone: Phone) {
        let Some(rule) = rule_of(Issued::of(phone).service) else { return };
        if let Some(place) = RULES.iter().position(|known| *known == rule) {
            let (count, first) = &mut self.0[place];
            *count += 1;
            first.get_or_insert(phone);
        }
    }

    /// Reports each rule once. Numbers are masked.
    pub(super) fn report(&self, findings: &mut Findings<'_>) {
        for (rule, (count, first)) in RULES.iter().zip(&self.0) {
            let Some(phone) = first else { continue };
            let others =
                if *count > 1 { [" and ", &decimal::count(count - 1), " more"].concat() } else { String::new() };
            let note = [&phone.masked(), &others, "; table of ", AS_OF].concat();
            findings.add_noted(*rule, None, &note);
        }
    }
}
