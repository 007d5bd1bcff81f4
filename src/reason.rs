//! [`Reason`]: the reason for which a text did not arrive, read from the code of a delivery report.
//!
//! Carriers, gateways and vendors each have codes of their own, and some codes have two meanings: [`Explained`] has
//! both. The rows are data with their sources, named as in `rules/source.rs` (`CHINA-SMS` has their wordings and where
//! they disagree). A code without a row is [`Reason::Unknown`], except for one class: codes that begin with `MI:` mean
//! that the text expired at the centre.

use crate::wire::json_writer::Object;

use Reason::{
    BlockedByCarrier, BlockedByPerson, BlockedByPlatform, Content, Expired, Hours, InboxFull, NoSuchNumber,
    OffOrUnreachable, OptedOut, Ported, Route, Signature, Suspended, TooFrequent, Unknown,
};

/// The reason for which a text did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Reason {
    /// The number does not exist.
    NoSuchNumber,
    /// The phone is off or out of reach.
    OffOrUnreachable,
    /// The number is suspended, in arrears, or takes no texts.
    Suspended,
    /// The phone's memory is full, or too many texts wait for it.
    InboxFull,
    /// The person blocks the sender, or complained.
    BlockedByPerson,
    /// The carrier blocks the number.
    BlockedByCarrier,
    /// The vendor or a gateway blocks the number.
    BlockedByPlatform,
    /// The person opted out of texts.
    OptedOut,
    /// Too many texts to this number, or in total.
    TooFrequent,
    /// The content: a blocked word, or a marketing text without its opt-out.
    Content,
    /// The signature is missing, doubled, or not filed.
    Signature,
    /// The hour of sending.
    Hours,
    /// The number was taken to another carrier.
    Ported,
    /// The text expired before it could be delivered.
    Expired,
    /// There was no route to the carrier.
    Route,
    /// The code does not say.
    Unknown,
}

/// When another attempt can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Never without a change.
    Never,
    /// Later.
    Later,
    /// By another account.
    OtherAccount,
}

/// The party that can resolve the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The receiver.
    Person,
    /// The sender of the text.
    Sender,
    /// The vendor.
    Vendor,
}

impl Reason {
    /// Every reason, at the index of its number.
    pub const ALL: [Self; 16] = [
        Self::NoSuchNumber,
        Self::OffOrUnreachable,
        Self::Suspended,
        Self::InboxFull,
        Self::BlockedByPerson,
        Self::BlockedByCarrier,
        Self::BlockedByPlatform,
        Self::OptedOut,
        Self::TooFrequent,
        Self::Content,
        Self::Signature,
        Self::Hours,
        Self::Ported,
        Self::Expired,
        Self::Route,
        Self::Unknown,
    ];

    /// The reason of a number.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The stable name. [`Reason::blocked_by`] distinguishes whose list it is.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSuchNumber => "no-such-number",
            Self::OffOrUnreachable => "off-or-unreachable",
            Self::Suspended => "suspended",
            Self::InboxFull => "inbox-full",
            Self::BlockedByPerson | Self::BlockedByCarrier | Self::BlockedByPlatform => "blocklisted",
            Self::OptedOut => "opted-out",
            Self::TooFrequent => "too-frequent",
            Self::Content => "content",
            Self::Signature => "signature",
            Self::Hours => "hours",
            Self::Ported => "ported",
            Self::Expired => "expired",
            Self::Route => "route",
            Self::Unknown => "unknown",
        }
    }

    /// The owner of the blocking list: `person`, `carrier` or `platform`; `None` for other reasons.
    #[must_use]
    pub const fn blocked_by(self) -> Option<&'static str> {
        match self {
            Self::BlockedByPerson => Some("person"),
            Self::BlockedByCarrier => Some("carrier"),
            Self::BlockedByPlatform => Some("platform"),
            _ => None,
        }
    }

    /// When another attempt can succeed.
    #[must_use]
    pub const fn retry(self) -> Retry {
        match self {
            Self::NoSuchNumber | Self::BlockedByPerson | Self::BlockedByCarrier | Self::OptedOut | Self::Content => {
                Retry::Never
            }
            Self::OffOrUnreachable
            | Self::Suspended
            | Self::InboxFull
            | Self::TooFrequent
            | Self::Hours
            | Self::Expired
            | Self::Unknown => Retry::Later,
            Self::BlockedByPlatform | Self::Signature | Self::Ported | Self::Route => Retry::OtherAccount,
        }
    }

    /// The party that can resolve the reason.
    #[must_use]
    pub const fn party(self) -> Party {
        match self {
            Self::OffOrUnreachable
            | Self::Suspended
            | Self::InboxFull
            | Self::BlockedByPerson
            | Self::BlockedByCarrier
            | Self::OptedOut
            | Self::Expired => Party::Person,
            Self::NoSuchNumber | Self::TooFrequent | Self::Content | Self::Signature | Self::Hours => Party::Sender,
            Self::BlockedByPlatform | Self::Ported | Self::Route | Self::Unknown => Party::Vendor,
        }
    }

    /// Whether no text can reach the number until somebody changes that: it does not exist, or is blocked permanently.
    #[must_use]
    pub const fn is_lasting(self) -> bool {
        matches!(self, Self::NoSuchNumber | Self::BlockedByPerson | Self::BlockedByCarrier)
    }

    /// Whether the reason does not depend on the account: the person's phone, or the rate and the hour of sending.
    #[must_use]
    pub const fn excuses_account(self) -> bool {
        match self {
            Self::NoSuchNumber
            | Self::OffOrUnreachable
            | Self::Suspended
            | Self::InboxFull
            | Self::BlockedByPerson
            | Self::BlockedByCarrier
            | Self::OptedOut
            | Self::TooFrequent
            | Self::Hours
            | Self::Expired => true,
            Self::BlockedByPlatform | Self::Content | Self::Signature | Self::Ported | Self::Route | Self::Unknown => {
                false
            }
        }
    }
}

impl Retry {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Later => "later",
            Self::OtherAccount => "other-account",
        }
    }
}

impl Party {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Sender => "sender",
            Self::Vendor => "vendor",
        }
    }
}

/// The meanings of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The likeliest meaning.
    pub reason: Reason,
    /// The second meaning of a code with two.
    pub other: Option<Reason>,
    /// Whether all sources agree on one meaning.
    pub is_certain: bool,
}

/// The status of a text by a vendor's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusMeaning {
    /// The text arrived.
    Delivered,
    /// The text was accepted, and a later report has its final status.
    Pending,
    /// The text did not arrive.
    Failed(Explained),
}

/// The members of a report that follow from its code, beside `delivered`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusDetails {
    /// Whether a later report has the final status.
    pub pending: Option<bool>,
    /// The reason for which the text did not arrive.
    pub reason: Option<&'static str>,
    /// The second meaning of a code with two.
    pub other_reason: Option<&'static str>,
    /// The owner of the blocking list.
    pub blocked_by: Option<&'static str>,
    /// When another attempt can succeed.
    pub retryable: Option<&'static str>,
    /// The party that can resolve the reason.
    pub actor: Option<&'static str>,
}

impl StatusMeaning {
    /// The members beside `delivered`.
    #[must_use]
    pub fn details(self) -> StatusDetails {
        match self {
            Self::Delivered => StatusDetails::default(),
            Self::Pending => StatusDetails { pending: Some(true), ..StatusDetails::default() },
            Self::Failed(Explained { reason, other, .. }) => StatusDetails {
                pending: None,
                reason: Some(reason.as_str()),
                other_reason: other.map(Reason::as_str),
                blocked_by: reason.blocked_by(),
                retryable: Some(reason.retry().as_str()),
                actor: Some(reason.party().as_str()),
            },
        }
    }

    /// The same, as members of a report in JSON.
    pub fn write(self, json: &mut Object) {
        let StatusDetails { pending, reason, other_reason, blocked_by, retryable, actor } = self.details();
        if pending.is_some() {
            json.flag("pending", true);
        }
        json.text_if("reason", reason);
        json.text_if("otherReason", other_reason);
        json.text_if("blockedBy", blocked_by);
        json.text_if("retryable", retryable);
        json.text_if("actor", actor);
    }
}

/// Reads the code of a report. `delivered` is the word with which only this vendor reports an arrived text; empty for
/// none.
#[must_use]
pub fn read(status: &str, delivered: &str) -> StatusMeaning {
    let status = status.trim();
    let is = |known: &str| known.eq_ignore_ascii_case(status);
    // Gateways in front of any vendor write the whole word.
    if is("DELIVRD") || is("DELIVERED") || is("LT:0") || (!delivered.is_empty() && is(delivered)) {
        return StatusMeaning::Delivered;
    }
    if is("ACCEPTD") {
        return StatusMeaning::Pending;
    }
    let mut rows = &TABLE[..];
    while let [meaning, length, rest @ ..] = rows {
        let Some((codes, after)) = rest.split_at_checked(usize::from(*length)) else { break };
        rows = after;
        if codes.split(|byte| *byte == b' ').any(|code| code.eq_ignore_ascii_case(status.as_bytes())) {
            let reason = |bits: u8| Reason::ALL[usize::from(bits & 15)];
            let (first, second) = (reason(*meaning), reason(meaning >> 4));
            return StatusMeaning::Failed(Explained {
                reason: first,
                other: Some(second).filter(|second| *second != first),
                is_certain: first == second,
            });
        }
    }
    let expired = status.get(..3).is_some_and(|class| class.eq_ignore_ascii_case("MI:"));
    let reason = if expired { Expired } else { Unknown };
    StatusMeaning::Failed(Explained { reason, other: None, is_certain: false })
}

/// Codes that mean the same.
#[derive(Debug)]
pub struct ReasonRow {
    /// The codes, separated by blanks.
    pub codes: &'static str,
    /// Their meanings, the likeliest first; twice the same if all sources agree.
    pub means: (Reason, Reason),
    /// The owner of the codes, in Chinese; empty if several parties use them.
    pub whose: &'static str,
    /// The names of the sources, separated by blanks.
    pub sources: &'static str,
    /// The wording of the sources, in Chinese.
    pub chinese: &'static str,
}

impl ReasonRow {
    /// The meanings of the codes.
    #[must_use]
    pub fn explained(&self) -> StatusMeaning {
        let (reason, other) = self.means;
        let is_certain = reason == other;
        StatusMeaning::Failed(Explained { reason, other: Some(other).filter(|_| !is_certain), is_certain })
    }
}

const fn row(
    codes: &'static str,
    means: (Reason, Reason),
    whose: &'static str,
    sources: &'static str,
    chinese: &'static str,
) -> ReasonRow {
    ReasonRow { codes, means, whose, sources, chinese }
}

const fn one(reason: Reason) -> (Reason, Reason) {
    (reason, reason)
}

/// All codes, except those of delivered texts (`DELIVRD`, `LT:0`) and of accepted ones (`ACCEPTD`).
pub const ROWS: [ReasonRow; 68] = [
    row("DELIVER", (Unknown, NoSuchNumber), "电信", "T7", "腾讯：号码不存在；apiv1的文档：送达"),
    row("EXPIRED MI00000", (Expired, OffOrUnreachable), "", "C1 T7", "有效期内关机或不在服务区"),
    row("UNDELIV UNDELIVRD", (OffOrUnreachable, NoSuchNumber), "", "C1 S1 T7", "空号、停机或关机"),
    row("REJECTD", (Unknown, Content), "", "C1 S1 H4 T7", "被拒，原因不明；移动：关键字；电信：关机或空号；或曾拒收"),
    row("REJECT REJECTE NOPASS TE:0014 MN:0099", one(Content), "", "T7 G2", "人工审核未通过"),
    row("UNKNOWN", one(Unknown), "", "C2 X1 S1", "未知"),
    row("DELETED", one(Unknown), "", "C2 X1 S1", "被删除"),
    row("NOROUTE", (Route, OffOrUnreachable), "", "C2 X1 S1", "无路由（或关机、空号）"),
    row("MK:0000", (NoSuchNumber, Content), "移动", "T7 C2", "空号；另一资料（2015年）：也是某省的过滤"),
    row("MK:0001 MK00001", one(NoSuchNumber), "移动", "T7 C2", "空号"),
    row("MK:0012 MK:0013", (NoSuchNumber, Suspended), "移动", "T7 C2", "空号；另一资料（2015年）：过滤、停机"),
    row("MK:0005", (Suspended, NoSuchNumber), "移动", "T7 T7o", "空号、停机或未开通短信"),
    row("MK:0004 MK:0011 MI:0013 MI:0029 IC:0001", (Suspended, OffOrUnreachable), "移动", "T7 T7o", "停机或关机"),
    row("MK:0024 MI:0024 MI:0042", one(OffOrUnreachable), "移动", "T7 H8", "关机"),
    row(
        "MK:0008 MK:0009 MN:0036 MN:0059 MK:0010 MK:0029",
        one(OffOrUnreachable),
        "移动",
        "T7",
        "信号弱、不在服务区或暂时不可达",
    ),
    row("MK:0017 MI:0208", one(InboxFull), "移动", "T7 H8", "手机内存已满"),
    row("MC:0055", (InboxFull, OffOrUnreachable), "移动", "T7 H8", "手机内存已满，或不在服务区"),
    row("MK:0210", one(Suspended), "移动", "T7", "未开通短信"),
    row(
        "MI:0000 MI:0054 MI:0059 MC:0151 MN:0001",
        (OffOrUnreachable, NoSuchNumber),
        "移动",
        "T7 H8",
        "空号、停机或关机",
    ),
    row("MI:0073 MI:0210 MN:0051 CB:0053", one(NoSuchNumber), "移动", "H8 T7 C1", "空号"),
    row("MK:0115", (OffOrUnreachable, Content), "移动", "T7 C2", "空号或关机；另一资料（2015年）：垃圾短信过滤"),
    row("MK:0118 MN:0000 MN:0174 ID:0076 CJ:0007 CJ:0008", one(Content), "移动", "T7 S1 X1", "关键字"),
    row("MB:1042", one(InboxFull), "移动", "T7", "等待送达的短信过多"),
    row("MB:1079 MB:1083", one(Content), "移动", "T7", "短信被判为诈骗"),
    row("MB:1077 MK:1010 MK:100C", one(BlockedByCarrier), "移动", "T7 T7o", "黑名单（MB:1077：机主须致电10086）"),
    row("MC:0001 MA:0001", (Unknown, Signature), "移动", "T7 G6 X1", "未知或内部错误；签名未报备；黑名单"),
    row("CB:0001", (NoSuchNumber, Route), "移动", "C1 T7", "非神州行号码或空号"),
    row("CB:0005 CB:0007", one(Suspended), "移动", "C1 T7", "账户停用或欠费"),
    row("DB:0101", one(NoSuchNumber), "移动", "C1 T7", "空号"),
    row("DB:0102", one(Suspended), "移动", "C1 T7", "停机"),
    row("DB:0126 DB:0129 ID:0126 E:CHAN", (Ported, Suspended), "移动", "T7 H8", "腾讯：已携号转网；华为：欠费"),
    row("DB:0139", one(Hours), "移动", "T7 H8", "该时段不允许发送"),
    row("DB:0141", one(BlockedByCarrier), "移动", "T7 T7o H8", "投诉黑名单，无法解除"),
    row("DB:0140 DB:0144 DB:0164 ID:0141", one(BlockedByCarrier), "移动", "T7 H8", "运营商或全局黑名单"),
    row("DB:0145 DB:0146", one(BlockedByPlatform), "移动", "T7 H8", "企业的黑名单"),
    row("DB:0142 DB:0149 ID:0142 ID:0311 MI:0079", one(TooFrequent), "移动", "T7 H8", "超过日限或发送限制"),
    row("DB:0143", (TooFrequent, Ported), "移动", "T7 H8", "超限；或已携号转网"),
    row("IA:0054", one(Expired), "移动", "T7o", "超时"),
    row("IB:0008 MI:0061 DB:9007", one(TooFrequent), "移动", "C1 H8", "流量控制"),
    row("E200020 INVALID", one(Content), "移动", "T7", "营销短信没有退订方式"),
    row(
        "LIMIT BEYONDN CTLIMIT DISTURB XA:0100",
        one(TooFrequent),
        "",
        "H7 S1 T7 Q2",
        "向该号码发送过多（XA:0100：24小时内相同内容）",
    ),
    row("MILIMIT BEYONDM", (TooFrequent, Suspended), "", "H7 S1 T7", "一分钟内过多；腾讯：停机"),
    row("BLACK MBBLACK TDBLACK", one(BlockedByPerson), "", "H7 H9", "黑名单：曾拒收或投诉"),
    row("TSBLACK", one(BlockedByPerson), "", "T7", "投诉名单"),
    row("DBBLACK BWLIST HD:19", one(BlockedByPlatform), "", "T7 C2", "网关的黑名单"),
    row("HD:0001", one(BlockedByCarrier), "移动", "X1", "移动的黑名单"),
    row("DTBLACK", one(BlockedByPlatform), "转售平台", "G2", "黑名单"),
    row("DTWORDS", one(Content), "转售平台", "G2", "内容被过滤"),
    row("DTFAILD", one(Unknown), "转售平台", "G2", "原因不明"),
    row("MX:0012 unsubscribe", one(OptedOut), "", "T7 S1", "已退订"),
    row("KEYWORD SC:0001 XZ:0000 TD:0004", one(Content), "", "H7 T7", "关键字（TD:0004：钓鱼）"),
    row("XA:0003 XA:0002 SIGNBLOCKED QM_FAIL GB:0004 00139", one(Signature), "", "Q2 S1 T7 F1", "签名未报备或被禁"),
    row("YX:9006", one(Signature), "", "T7", "多个签名"),
    row("NOSEND 00138", one(Signature), "", "F1", "没有签名"),
    row("LT:0001 2:19 2:21", one(NoSuchNumber), "联通", "T7", "空号"),
    row("LT:0013 2:20", one(Suspended), "联通", "T7", "停机"),
    row("LT:0024 2:18 2:53", one(OffOrUnreachable), "联通", "T7", "关机"),
    row("LT:0005 LT:0015", one(Content), "联通", "T7", "网关过滤"),
    row("LT:67 LT:86", one(BlockedByCarrier), "联通", "T7", "黑名单"),
    row("2:70", one(BlockedByPlatform), "联通", "T7 H4", "供应商的黑名单：曾投诉或拒收"),
    row("LT:11 LT:23", one(Ported), "联通", "T7", "已携号转网"),
    row("LT:0008", one(InboxFull), "联通", "T7", "手机内存已满"),
    row("R:00001 ERR:640", one(NoSuchNumber), "电信", "T7", "空号"),
    row("R:00005 705 ERR:601", one(Suspended), "电信", "T7", "停机或不在服务"),
    row("R:00011 ERR:602", one(OffOrUnreachable), "电信", "T7", "关机"),
    row("006", (Content, NoSuchNumber), "电信", "T7", "关键字；某博客：空号或黑名单"),
    row("713", one(Content), "电信", "T7", "关键字"),
    row("REJECTED 650 660", one(TooFrequent), "电信", "T7", "频率限制"),
];

/// The part of the rows that the program needs: for each row its two meanings in four bits each, the length of its
/// codes, and the codes.
#[allow(clippy::cast_possible_truncation, reason = "no row has as many bytes: see TABLE_BYTES")]
static TABLE: [u8; TABLE_BYTES] = {
    let mut table = [0; TABLE_BYTES];
    let (mut row, mut at) = (0, 0);
    while row < ROWS.len() {
        let (codes, (first, second)) = (ROWS[row].codes.as_bytes(), ROWS[row].means);
        table[at] = first as u8 | (second as u8) << 4;
        table[at + 1] = codes.len() as u8;
        let mut place = 0;
        while place < codes.len() {
            table[at + 2 + place] = codes[place];
            place += 1;
        }
        at += 2 + codes.len();
        row += 1;
    }
    table
};

const TABLE_BYTES: usize = {
    let (mut row, mut bytes) = (0, 0);
    while row < ROWS.len() {
        assert!(ROWS[row].codes.len() < 256);
        bytes += 2 + ROWS[row].codes.len();
        row += 1;
    }
    bytes
};
