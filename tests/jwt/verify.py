"""Verifies a token as a back end in Python does: prints its claims, or why it does not hold."""

import json
import sys
import time

import jwt

asked = json.load(sys.stdin)
# The back end's own clock.
now = time.time() + asked["ahead"]


class Clock(jwt.api_jwt.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(now, tz)


jwt.api_jwt.datetime = Clock
print(json.dumps(jwt.decode(asked["token"], asked["key"], algorithms=["HS256"], audience="app", issuer="xinshi")))
