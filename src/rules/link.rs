//! Links in a text: their positions, and hosts that hide the destination.

use alloc::vec::Vec;

use crate::message::MessageKind;
use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;

/// A link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link<'a> {
    pub start: usize,
    pub end: usize,
    /// Its host.
    pub host: &'a str,
}

/// The endings that make a word a host without further evidence: those usual in the mainland's texts, and those that
/// shortening services use.
const ENDINGS: &[&str] = &[
    "com", "cn", "net", "org", "top", "cc", "me", "vip", "xyz", "io", "app", "shop", "site", "club", "ltd", "info",
    "biz", "tv", "co", "im", "ly", "gl", "gd", "to", "win", "link", "fun", "online", "store", "tech", "wang", "ink",
    "mobi", "nz",
];

/// Hosts that shorten or redirect. Their subdomains do so too.
const SHORTENERS: &[&str] = &[
    "t.cn",
    "url.cn",
    "dwz.cn",
    "dwz.win",
    "dwz.mk",
    "suo.im",
    "suo.nz",
    "suo.yt",
    "sina.lt",
    "985.so",
    "mrw.so",
    "rrd.me",
    "u.nu",
    "u6.gg",
    "c7.gg",
    "t.hk.uy",
    "sourl.cn",
    "sourl.co",
    "6du.in",
    "ft12.com",
    "m.tb.cn",
    "c.tb.cn",
    "s.tb.cn",
    "3.cn",
    "dwz.date",
    "tb.cn",
    "xmt.cn",
    "jmlk.co",
    "s.click.taobao.com",
    "bit.ly",
    "tinyurl.com",
    "goo.gl",
    "is.gd",
    "t.co",
    "ow.ly",
    "rebrand.ly",
    "lnk.ink",
    "s.id",
    "v.gd",
    "reurl.cc",
    "0x9.me",
    "kzurl.cn",
    "surl.amap.com",
    "u.jd.com",
    "v.douyin.com",
    "p.pinduoduo.com",
    "sohu.gg",
];

/// All links of a text.
pub(super) fn all(text: &str) -> Vec<Link<'_>> {
    let mut links: Vec<Link<'_>> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_of_host(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        let length = |from: usize, is: fn(u8) -> bool| bytes[from..].iter().take_while(|byte| is(**byte)).count();
        let mut end = start + length(start, is_of_host);
        let mut host = &text[start..end];
        let has_scheme = text[end..].starts_with("://") && host.bytes().all(|byte| byte.is_ascii_alphabetic());
        if has_scheme {
            let from = end + 3;
            end = from + length(from, is_of_host);
            host = &text[from..end];
        }
        // A code's binding to a page, at the end of a text, and a mailbox are no links: @x.example #123456.
        let is_address = start > 0 && bytes[start - 1] == b'@';
        if !is_address && (has_scheme || is_host(host, &text[end..])) {
            end += length(end, is_of_path);
            links.push(Link { start, end, host });
        }
        at = end.max(start + 1);
    }
    links
}

/// Whether a position is within a link.
pub(super) fn holds(links: &[Link<'_>], at: usize) -> bool {
    links.iter().any(|link| (link.start..link.end).contains(&at))
}

/// Whether a text is a host, by the text behind it: before a path, any ending makes a host.
fn is_host(text: &str, behind: &str) -> bool {
    let text = text.trim_end_matches('.');
    let Some((name, ending)) = text.rsplit_once('.') else { return false };
    // 3.5.cn is one, and 3.5 is none.
    let is_named = name.bytes().any(|byte| byte.is_ascii_alphanumeric());
    let has_path =
        behind.strip_prefix('/').is_some_and(|path| path.starts_with(|next: char| next.is_ascii_alphanumeric()));
    let can_end = ending.len() >= 2 && ending.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_named
        && can_end
        && (has_path || is_shortener(text) || ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

fn is_shortener(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    SHORTENERS.iter().any(|known| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

const fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

const fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b')' | b']')
}

pub(super) fn check(kind: MessageKind, links: &[Link<'_>], findings: &mut Findings<'_>) {
    for link in links {
        if kind == MessageKind::Otp {
            findings.add(Rule::LinkInCode, Some(link.start));
        }
        if is_shortener(link.host) {
            findings.add_noted(Rule::ShortLink, Some(link.start), link.host);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_distinguished_from_other_text_with_dots() {
        let links = |text: &'static str| all(text).iter().map(|link| &text[link.start..link.end]).collect::<Vec<_>>();
        for (text, expected) in [
            ("详情https://www.x.example/a?b=1&c=2，请", vec!["https://www.x.example/a?b=1&c=2"]),
            ("点t.cn/AbCd查看", vec!["t.cn/AbCd"]),
            ("登录 xinshi.com 或http://a.cn:80", vec!["xinshi.com", "http://a.cn:80"]),
            ("满3.5元减1.2元，2024.12.31前", vec![]),
            ("版本v2.10.1已发布", vec![]),
            ("写信给a@xinshi.com", vec![]),
            ("验证码123456\n\n@x.example.com #123456", vec![]),
            ("时间12:30，电话0755-12345678", vec![]),
            ("U.S.A", vec![]),
            ("点u6.gg/a或mrw.so", vec!["u6.gg/a", "mrw.so"]),
            ("打开shop.example/a", vec!["shop.example/a"]),
            ("2.0/3.0，A.B/C，Ph.D.", vec![]),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
    }

    #[test]
    fn shorteners_match_with_subdomains() {
        for (host, expected) in [
            ("t.cn", true),
            ("T.CN", true),
            ("w.url.cn", true),
            ("at.cn", false),
            ("tencent.cn", false),
            ("3.cn", true),
            ("u.jd.com", true),
            ("jd.com", false),
        ] {
            assert_eq!(is_shortener(host), expected, "{host}");
        }
    }
}
