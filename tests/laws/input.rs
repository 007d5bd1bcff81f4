//! Laws 7 and 8: no input panics, and the bytes of a request are exactly the text.

use proptest::prelude::*;
use serde_json::json;
use xinshi::client::Sms;
use xinshi::client::plan::OutputBuffer;
use xinshi::message::Message;

use crate::world::{Network, TO, VENDORS, random, send_text, sms};

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn law_7_no_input_of_a_caller_panics(text in any::<String>(), to in any::<String>(), reference in any::<String>()) {
        let sms = sms(&VENDORS);
        let json = json!({ "to": to, "text": text, "ref": reference }).to_string();
        let tabs = format!("\t{to}\t{reference}\t{text}");
        let mut output = OutputBuffer::default();
        for candidate in [json, json!({ "to": TO, "text": text }).to_string(), tabs, format!("\t{TO}\t\t{text}"), text] {
            if let Ok(message) = Message::read(&candidate) {
                for vendor in VENDORS {
                    let plan = sms.plan(&message, Some(vendor), &random()).unwrap();
                    plan.encode(&mut output, true);
                }
            }
            let _ = Sms::configure(&candidate);
        }
    }

    #[test]
    fn law_8_planned_bytes_arrive_as_the_text(vendor in 0..VENDORS.len(), text in "[ -~\n一-龥，。！【】]{1,80}") {
        let vendor = VENDORS[vendor];
        let text = format!("【信使】{text}");
        prop_assume!(vendor != "binstd" || !text.contains(",,"));
        let network = Network::new();
        let outcome = send_text(&sms(&[vendor]), &text, &network);
        prop_assert_eq!(outcome.end.status(), "accepted");
        let inbox = network.inbox();
        prop_assert_eq!(inbox.len(), 1);
        prop_assert_eq!(inbox[0]["text"].as_str(), Some(text.as_str()));
        prop_assert_eq!(inbox[0]["to"].as_str(), Some("+8613812345678"));
    }
}

#[test]
fn liasmart_accepts_texts_of_each_alphabet() {
    for text in ["test", "Äé €[~]", "ΔΦ test", "信使", "`"] {
        let network = Network::new();
        let outcome = send_text(&sms(&["liasmart"]), text, &network);
        assert_eq!(outcome.end.status(), "accepted", "{text}: {outcome:?}");
    }
}
