//! [`Source`]: the documents behind the rules and the report codes, with their dates.

/// A document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name by which rows cite it.
    pub id: &'static str,
    /// The author and the place of publication.
    pub name: &'static str,
    /// Its date, or `undated`.
    pub date: &'static str,
}

/// The document that a row cites.
#[must_use]
pub fn find(id: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.id == id)
}

const fn source(id: &'static str, name: &'static str, date: &'static str) -> Source {
    Source { id, name, date }
}

/// Every document.
pub const SOURCES: &[Source] = &[
    source("A1", "阿里云 help.aliyun.com/document_detail/44335.htm", "undated"),
    source("A3", "阿里云 help.aliyun.com/document_detail/91975.html", "undated"),
    source("A4", "阿里云 help.aliyun.com/document_detail/463270.htm", "undated"),
    source("A5", "阿里云 CreateSmsSign, help.aliyun.com/document_detail/2807427.html", "2025-04-21"),
    source("A8", "阿里云 alibabacloud.com/help/tc/sms/user-guide/sms-signature", "2024-07-13"),
    source("A9", "阿里云 help.aliyun.com/wordpower/5224901-1.html", "undated"),
    source("A10", "阿里云 CreateDigitalSignOrder", "undated"),
    source("A11", "阿里云 help.aliyun.com/document_detail/2806243.html", "2024-12-30"),
    source("T1", "腾讯云 cloud.tencent.com/document/product/382/39023", "2025-06-17"),
    source("T2", "腾讯云 cloud.tencent.com/document/faq/382/13301", "2025-04-18"),
    source("T3", "腾讯云 cloud.tencent.com/document/product/382/3771", "undated"),
    source("T6", "腾讯云 qcloud-documents 审核标准.md", "undated"),
    source("T7", "腾讯云 table of receipt codes in English", "undated, about 2022"),
    source("T7o", "腾讯云 an older copy of that table", "undated, about 2018"),
    source("H1", "华为云 support.huaweicloud.com/productdesc-msgsms/sms_templates.html", "2025-09-04"),
    source("H2", "华为云 support.huaweicloud.com/msgsms_faq/sms_faq_0003.html", "2024-11-08"),
    source("H3", "华为云 productdesc-msgsms/sms_faq_0002.html and guide/productsdesc-bms", "2025-04-22"),
    source("H4", "华为云 FAQ of 消息&短信, huaweicloud.com/s", "2025"),
    source("H5", "华为云 iotcom_faq/iotcom_06_0109.html", "2023-10-26"),
    source("H6", "华为云 usermanual-iotcom/iotcom_03_1002.html", "2023-10-25"),
    source("H7", "华为云 api-msgsms/sms_05_0051.html", "undated"),
    source("H8", "华为云 devg-iotcom/iotcom_04_0303.html", "undated"),
    source("H9", "华为云 msgsms_faq/sms_faq_0175.html", "2022-09-21"),
    source("B1", "百度智能云 cloud.baidu.com/doc/SMS/s/vkihe2msj", "2026-01-26"),
    source("B4", "百度智能云 cloud.baidu.com/doc/SMS/s/ajwvxrzfi", "undated"),
    source("V1", "火山引擎 volcengine.com/docs/6361/170340", "2024-03-19"),
    source("Q1", "七牛云 developer.qiniu.com/sms/5814", "2021-10-28"),
    source("Q2", "七牛云 developer.qiniu.com/sms/5849", "2025-04-08"),
    source("I1", "互亿无线 m.ihuyi.com/doc/msg/mms/signature_specification.html", "undated"),
    source("P1", "云片, code of its callers", "about 2018"),
    source("S1", "赛邮 mysubmail.com/documents/1XQAE4", "undated"),
    source("F1", "飞鸽 feige.cn/dev/dev8.html", "undated"),
    source("X1", "anxin163.com/news_view.asp?id=78", "2018-07-05"),
    source("C1", "CMPP 状态报告, cnblogs.com/da-guang/p/5880631", "2016"),
    source("C2", "CMPP 状态报告, cnblogs.com/yhdkzy/p/4238029", "2015"),
    source("M1", "工信部令第31号, hxdzsz.com/xwzx/jrbd/201505/t20150529_9912015.htm (新华社)", "2015-05-29"),
    source("M3", "工信部 我国公众移动通信网网号及H₀分配情况", "2023-03-31"),
    source("M4", "工信部 携号转网, zaojiao86.cn/news/111.63177.html (中国新闻网)", "2019-11-15"),
    source("W1", "维基百科 中国大陆移动终端通讯号码", "2024-04"),
    source("G2", "public code of callers and resellers", "undated"),
    source("G3", "public code of callers of 极速数据", "undated"),
    source("G6", "public code of a gateway's callers", "undated"),
    source("G7", "public code of a CMPP gateway", "undated"),
    source("binstd.txt", "进制数据 短信接口文档", "2020-01-01"),
    source("liupai.txt", "六派数据 短信接口文档", "undated"),
    source("smsadmin.txt", "通用短信平台 HTTP 接口使用说明 1.0.5", "2017-09-28"),
];
