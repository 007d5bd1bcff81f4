"""What a document cannot say: who asks, and the code that the text message brought."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import time

import schemathesis

# The document's example, and the test numbers with their code, as in server.mjs.
EXAMPLE = "13812345678"
NUMBERS = [f"+861700000{1000 + index}" for index in range(20)]
CODE = "482915"
# The document's example, which one request after another would send.
EXAMPLE_KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
# For operations that give out challenges, the field with the number; for those that take one, the field with the
# challenge.
NUMBER = {"otpSend": "phone", "sendCode": "phoneNumber", "sendCodeV1": "phoneNumber"}
CHALLENGE = {"otpVerify": "challenge", "validateCode": "authenticationId", "validateCodeV1": "authenticationId"}
# Operations that pages call without a token.
PAGES = {"otpSend", "otpVerify", "otpStatus"}

# Operations that vendors call: the account and the token of an existing hook.
HOOKS = {"pushByQuery", "pushByBody"}
HOOK = json.loads(os.environ["XINSHI_HOOK"])
# The id of a receipt that the handler keeps.
RECEIPT = os.environ["XINSHI_RECEIPT"]

# Login servers' operations, and the credentials of their gateways.
GATEWAYS = json.loads(os.environ["XINSHI_GATEWAYS"])
SUPABASE_KEY = base64.b64decode(GATEWAYS["supabase"].removeprefix("whsec_"))
CASDOOR_BY_PATH = {"casdoorByPath", "casdoorQueryByPath", "casdoorPutByPath"}

turns = itertools.count()
# All challenges that were given out, and the open ones whose code is known, by the field that has them.
given_out = {"challenge": [], "authenticationId": []}
open_ones = {"challenge": [], "authenticationId": []}


def operation_of(case):
    return case.operation.definition.raw.get("operationId")


@schemathesis.hook
def after_call(context, case, response):
    """Keeps the challenges that were given out."""
    field = NUMBER.get(operation_of(case))
    if field is None or response.status_code not in (200, 202):
        return
    for name, challenge in response.json().items():
        if name in open_ones:
            given_out[name].append(challenge)
            if case.body[field] in NUMBERS:
                open_ones[name].append(challenge)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Lets persons call, and people who enter the right code. What breaks the document on purpose stays as it is."""
    operation = operation_of(case)
    body = case.body if isinstance(case.body, dict) else {}
    turn = next(turns)
    if operation == "otpSend":
        # An invented challenge or address would decide the answer, whatever else is right or wrong with the request.
        if is_made_up(body.get("challenge")):
            case.body = body = {name: value for name, value in body.items() if name != "challenge"}
        if case.headers.get("Idempotency-Key") == EXAMPLE_KEY:
            case.headers["Idempotency-Key"] = f"request-{turn:08}"
    if turn % 4:
        sign(operation, case, kwargs)
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if operation in CASDOOR_BY_PATH and turn % 4:
        case.path_parameters = {"token": GATEWAYS["token"]}
    if operation == "otpStatus" and given_out["challenge"] and turn % 4:
        case.path_parameters = {"challenge": given_out["challenge"][turn % len(given_out["challenge"])]}
    if operation in HOOKS and turn % 4:
        case.path_parameters = dict(HOOK)
    if operation == "replayReceipt" and turn % 4:
        case.path_parameters = {"id": RECEIPT}
    # A person cannot name another person's address.
    if operation in PAGES and not body.get("clientIp") and turn % 2:
        case.headers.pop("Authorization", None)
        if turn % 8 == 1:
            case.headers["Authorization"] = "Bearer somebody-elses"
    number = NUMBER.get(operation)
    if str(body.get(number)).endswith(EXAMPLE) and "challenge" not in body:
        # A number has at most 32 open challenges.
        case.body = {**body, number: NUMBERS[turn % len(NUMBERS)]}
    if operation in CHALLENGE and "code" in body:
        name = CHALLENGE[operation]
        if open_ones[name] and turn % 4 < 2:
            case.body = {name: open_ones[name].pop(), "code": CODE}
        elif operation == "otpVerify":
            # The document allows any configurable length, and this handler's codes have six digits.
            digits = "".join(character for character in body["code"] if character.isdigit())
            case.body = {**body, "code": (digits + "00")[:6]}


def sign(operation, case, kwargs):
    """Adds the credential of a login server that has no bearer token. A signature is over the bytes that are sent."""
    if operation == "novu":
        case.headers["x-api-key"] = GATEWAYS["token"]
    if operation in SIGNATURES:
        kwargs["auth"] = SIGNATURES[operation]


def sign_for_supabase(request):
    """Standard Webhooks."""
    seconds = str(int(time.time()))
    signed = b".".join([b"msg_1", seconds.encode(), body_of(request)])
    mac = base64.b64encode(hmac.digest(SUPABASE_KEY, signed, hashlib.sha256)).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": seconds, "webhook-signature": f"v1,{mac}"}
    return with_headers(request, headers)


def sign_for_zitadel(request):
    """`ZITADEL-Signature`."""
    seconds = str(int(time.time()))
    signed = b".".join([seconds.encode(), body_of(request)])
    mac = hmac.digest(GATEWAYS["token"].encode(), signed, hashlib.sha256).hex()
    return with_headers(request, {"ZITADEL-Signature": f"t={seconds},v1={mac}"})


def with_headers(request, headers):
    """Sets the values of headers, unless one is missing: Schemathesis left it out on purpose."""
    if all(name in request.headers for name in headers):
        request.headers.update(headers)
    return request


def body_of(request):
    body = request.body or b""
    return body.encode() if isinstance(body, str) else body


SIGNATURES = {"supabase": sign_for_supabase, "zitadel": sign_for_zitadel}


def is_made_up(challenge):
    return isinstance(challenge, str) and len(challenge) == 36 and challenge not in given_out["challenge"]
