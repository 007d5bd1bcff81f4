//! [`Profile`]: where the rules differ by vendor.

use crate::rules::catalogue::{Level, Rule};

/// What a vendor's own document says otherwise than most.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The wordings of the opt-out that it documents; where it documents none, all that any vendor does.
    pub opt_outs: &'static [&'static str],
    /// The most UTF-16 units of a text, signature and values included.
    pub longest: Option<usize>,
    /// Whether a text without a Chinese character goes by the name of its sender, and needs no signature and no opt-out.
    pub names_sender: bool,
    /// Rules that weigh otherwise; none where they are nothing.
    levels: &'static [(Rule, Option<Level>)],
}

impl Profile {
    /// The profile of a vendor; of none, what holds for most.
    #[must_use]
    pub fn of(vendor: &str) -> &'static Self {
        PROFILES.iter().find(|profile| profile.vendor == vendor).unwrap_or(&PROFILES[0])
    }

    /// The number of a vendor's profile, for [`Profile::numbered`].
    #[must_use]
    pub fn number(vendor: &str) -> usize {
        PROFILES.iter().position(|profile| profile.vendor == vendor).unwrap_or_default()
    }

    /// The profile of this number; of none, what holds for most.
    #[must_use]
    pub fn numbered(number: usize) -> &'static Self {
        PROFILES.get(number).unwrap_or(&PROFILES[0])
    }

    /// How much a rule weighs; nothing where it does not hold.
    #[must_use]
    pub fn level(&self, rule: Rule) -> Option<Level> {
        let other = self.levels.iter().find(|(known, _)| *known == rule);
        other.map_or(Some(rule.row().level), |(_, level)| *level)
    }
}

const EVERY_OPT_OUT: &[&str] = &["拒收请回复R", "回T退订", "回TD退订"];

/// 极速数据's kind (binstd.txt, liupai.txt: 营销短信加:回TD退订).
const TD: &[&str] = &["回TD退订", "回T退订"];

const TAIL: &[(Rule, Option<Level>)] = &[(Rule::SignatureAtEnd, None)];

/// What holds for most, and then each vendor.
static PROFILES: [Profile; 6] = [
    Profile { vendor: "", opt_outs: EVERY_OPT_OUT, longest: Some(500), names_sender: false, levels: &[] },
    Profile { vendor: "liupai", opt_outs: TD, longest: Some(500), names_sender: false, levels: TAIL },
    // Its samples sign at the end: 用户您好。【进制数据】
    Profile { vendor: "binstd", opt_outs: TD, longest: Some(500), names_sender: false, levels: TAIL },
    // sender_id names the sender; its sample of Latin text has neither signature nor opt-out (liasmart.txt, GET).
    Profile { vendor: "liasmart", opt_outs: EVERY_OPT_OUT, longest: Some(500), names_sender: true, levels: &[] },
    // 建议长度不要超过500字: the client refuses more.
    Profile { vendor: "apiv1", opt_outs: EVERY_OPT_OUT, longest: None, names_sender: false, levels: &[] },
    // Its sample signs at the end (smsadmin.txt, post_send_ddt); its longest text depends on the channel (code 7).
    Profile { vendor: "smsadmin", opt_outs: EVERY_OPT_OUT, longest: Some(500), names_sender: false, levels: TAIL },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::REGISTRY;

    #[test]
    fn every_vendor_has_a_profile_and_no_other() {
        let vendors = REGISTRY.iter().map(|row| row.facts.name);
        assert!(vendors.eq(PROFILES[1..].iter().map(|profile| profile.vendor)));
        assert_eq!(Profile::of("nobody"), &PROFILES[0]);
    }

    #[test]
    fn a_signature_at_the_end_weighs_by_the_vendor() {
        let level = |vendor| Profile::of(vendor).level(Rule::SignatureAtEnd);
        assert_eq!((level("binstd"), level("smsadmin"), level("liupai")), (None, None, None));
        assert_eq!((level("apiv1"), level("")), (Some(Level::Warning), Some(Level::Warning)));
    }
}
