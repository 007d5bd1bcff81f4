"""The official programs of aliyun and tencent send to the sandbox, ask it, and are rejected. python.sh runs this."""

import json
import sys

import urllib3.util.connection
from alibabacloud_dysmsapi20170525 import models as aliyun
from alibabacloud_dysmsapi20170525.client import Client as Dysms
from alibabacloud_tea_openapi.models import Config
from tencentcloud.common import credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models as tencent
from tencentcloud.sms.v20210111.sms_client import SmsClient

port = int(sys.argv[1])


def rejection_of(call):
    """The code that a call is rejected with, as an exception."""
    try:
        call()
    except Exception as error:  # Each program has exceptions of its own.
        return getattr(error, "code", None)
    return None


def dysms(secret="sandbox-aliyun-secret"):
    return Dysms(Config(access_key_id="sandbox-aliyun-id", access_key_secret=secret, endpoint=f"127.0.0.1:{port}", protocol="http"))


def message(params):
    return aliyun.SendSmsRequest(
        phone_numbers="13812340001", sign_name="信使", template_code="SMS_100000001", template_param=json.dumps(params), out_id="r-1"
    )


sent = dysms().send_sms(message({"code": "1*2 (3)!'~+", "minutes": "5"}))
assert sent.body.code == "OK", sent.body
batch = dysms().send_batch_sms(
    aliyun.SendBatchSmsRequest(
        phone_number_json='["13812340002","13812340003"]',
        sign_name_json='["信使","别的"]',
        template_code="SMS_100000002",
        template_param_json=json.dumps([{"text": "一*"}, {"text": "二"}]),
    )
)
assert batch.body.code == "OK", batch.body
# A rejection of the product is a reply, one of the gateway an exception.
lacking = dysms().send_sms(message({"code": "1"})).body
assert (lacking.code, lacking.message) == ("isv.TEMPLATE_MISSING_PARAMETERS", "模板缺少变量: ${minutes}"), lacking
assert rejection_of(lambda: dysms("another").send_sms(message({}))) == "SignatureDoesNotMatch"
templates = dysms().query_sms_template_list(aliyun.QuerySmsTemplateListRequest()).body
assert templates.sms_template_list[0].template_code == "SMS_100000001", templates

# The program takes the service from the host's name, which has to stay: connections to it are led to the sandbox.
connect = urllib3.util.connection.create_connection
urllib3.util.connection.create_connection = lambda _, *rest, **named: connect(("127.0.0.1", port), *rest, **named)


def sms(key="sandbox-tencent-key"):
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http"))
    return SmsClient(credential.Credential("sandbox-tencent-id", key), "ap-guangzhou", profile)


def request(kind, fields):
    made = kind()
    made.from_json_string(json.dumps(fields))
    return made


text = {
    "PhoneNumberSet": ["+8613812340011"],
    "SmsSdkAppId": "1400006666",
    "TemplateId": "1000001",
    "SignName": "信使",
    "TemplateParamSet": ["1*2", "5"],
    "SessionContext": "r-1",
}
status = sms().SendSms(request(tencent.SendSmsRequest, text)).SendStatusSet[0]
assert status.Code == "Ok", status
lacking = sms().SendSms(request(tencent.SendSmsRequest, {**text, "TemplateParamSet": ["1"]})).SendStatusSet[0]
assert lacking.Code == "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", lacking
pull = request(tencent.PullSmsSendStatusRequest, {"Limit": 10, "SmsSdkAppId": "1400006666"})
pulled = sms().PullSmsSendStatus(pull).PullSmsSendStatusSet
assert [(one.SerialNo, one.SessionContext) for one in pulled] == [(status.SerialNo, "r-1")], pulled
wrong_key = rejection_of(lambda: sms("another").SendSms(request(tencent.SendSmsRequest, text)))
assert wrong_key == "AuthFailure.SignatureFailure", wrong_key
print("both programs send, ask and are rejected as the sandbox's documents have it")
