//! The inbox as a plain page without script: a section for each phone, the newest text first.

use std::fmt::Write;

use super::http::Reply;
use super::inbox::Received;

/// The maximum number of texts on a page.
const MAX_SHOWN_TEXTS: usize = 500;

pub(super) fn inbox(received: &[&Received]) -> Reply {
    let newest = &received[received.len().saturating_sub(MAX_SHOWN_TEXTS)..];
    // The phone with the newest text comes first.
    let mut phones: Vec<(&str, Vec<&Received>)> = Vec::new();
    for text in newest.iter().rev() {
        match phones.iter_mut().find(|(phone, _)| *phone == text.to) {
            Some((_, texts)) => texts.push(text),
            None => phones.push((&text.to, vec![text])),
        }
    }
    let mut page = String::from(HEAD);
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "<h1>收件箱 Inbox</h1><p>{} 条短信，{} 部手机 · {0} texts on {1} phones</p>",
        received.len(),
        phones.len()
    );
    if phones.is_empty() {
        page.push_str("<p class=none>还没有短信。No text has arrived yet.</p>");
    }
    page.push_str("<main>");
    for (phone, texts) in phones {
        let _ = write!(page, "<section><h2>{}</h2><ol>", escaped(phone));
        for text in texts {
            let _ = write!(
                page,
                "<li><p>{}</p><small>{} · <time>{}</time>{}</small></li>",
                escaped(&text.text),
                text.vendor,
                text.at(),
                if text.reference.is_empty() { String::new() } else { format!(" · {}", escaped(&text.reference)) }
            );
        }
        page.push_str("</ol></section>");
    }
    page.push_str("</main></html>");
    let mut reply = Reply::bytes(200, "text/html; charset=utf-8", page.into_bytes());
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    reply.headers.push(("content-security-policy", policy.to_owned()));
    reply.headers.push(("cache-control", "no-store".to_owned()));
    reply
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(character),
        }
        out
    })
}

const HEAD: &str = "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>xinshi sandbox · 收件箱</title>\
<meta name=viewport content='width=device-width'><meta http-equiv=refresh content=5><style>\
:root{color-scheme:light dark;--ink:light-dark(#1d2129,#e6e8ec);--dim:light-dark(#5c6470,#9aa3b0);--paper:light-dark(#f4f5f7,#15171b);\
--card:light-dark(#fff,#1e2127);--line:light-dark(#dfe2e7,#31363f);--bubble:light-dark(#e7f3ec,#203a2c)}\
body{margin:0 auto;max-width:72rem;padding:1.5rem 1rem 4rem;background:var(--paper);color:var(--ink);\
font:16px/1.5 system-ui,'PingFang SC','Noto Sans CJK SC',sans-serif}\
h1{font-size:1.25rem;margin:0}h1+p,.none,small{color:var(--dim)}h1+p{margin:.25rem 0 1.25rem}\
main{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));align-items:start}\
section{background:var(--card);border:1px solid var(--line);border-radius:1.1rem;padding:.9rem 1rem}\
h2{font-size:.95rem;margin:0 0 .6rem;font-variant-numeric:tabular-nums}ol{list-style:none;margin:0;padding:0;display:grid;gap:.7rem}\
li p{margin:0;background:var(--bubble);border-radius:.25rem .9rem .9rem .9rem;padding:.5rem .75rem;white-space:pre-wrap;overflow-wrap:anywhere}\
small{font-size:.75rem;overflow-wrap:anywhere}</style>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_in_html() {
        assert_eq!(escaped("<img src=x onerror=\"a&b\">"), "&lt;img src=x onerror=&quot;a&amp;b&quot;&gt;");
    }
}
