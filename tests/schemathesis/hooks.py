"""What a document cannot say: who asks, and the code that the text message brought."""

import itertools

import schemathesis

# The code of the numbers for tests, as in server.mjs.
CODE = "482915"
# Which routes take which challenges.
CHALLENGE = {"otpVerify": "challenge", "validateCode": "authenticationId"}
# What pages call without a token.
PAGES = {"otpSend", "otpVerify", "otpStatus"}

turns = itertools.count()
issued = {"challenge": [], "authenticationId": []}


@schemathesis.hook
def after_call(context, case, response):
    """Keeps the challenges that were given out."""
    if response.status_code in (200, 202) and response.headers.get("content-type") == ["application/json"]:
        reply = response.json()
        for name in issued.keys() & reply.keys():
            issued[name].append(reply[name])


@schemathesis.hook
def before_call(context, case, kwargs):
    """Lets persons call, and people who enter the right code. What breaks the document on purpose stays as it is."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    turn = next(turns)
    operation = case.operation.definition.raw.get("operationId")
    body = case.body if isinstance(case.body, dict) else {}
    # A person cannot name another's address.
    if operation in PAGES and not body.get("clientIp") and turn % 2:
        case.headers.pop("Authorization", None)
        if turn % 8 == 1:
            case.headers["Authorization"] = "Bearer somebody-elses"
    if operation in CHALLENGE and "code" in body:
        name = CHALLENGE[operation]
        if issued[name] and turn % 4 < 2:
            case.body = {name: issued[name].pop(), "code": CODE}
        elif operation == "otpVerify":
            # The document allows what may be configured, and this handler's codes have six digits.
            case.body = {**body, "code": (body["code"] + "00")[:6]}
