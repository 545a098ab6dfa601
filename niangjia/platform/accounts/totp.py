"""Time-based codes of an authenticator app (RFC 6238): 30-second steps, one step of drift either way."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

import pyotp
from django.conf import settings

from niangjia.platform.accounts.policy_settings import TOTP_STEP_SECONDS
from niangjia.platform.accounts.tokens import same

ISSUER = "娘家"
DRIFT_STEPS = 1
_SECRET_BYTES = 20


def matching_step(secret: str, typed: str, moment: datetime) -> int | None:
    """The step whose code was typed, if it is the present one or a neighbour; every neighbour is always compared."""
    present = int(moment.timestamp()) // TOTP_STEP_SECONDS
    generator = pyotp.TOTP(secret, interval=TOTP_STEP_SECONDS)
    steps = range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1)
    found = [step for step in steps if same(generator.generate_otp(step), typed)]
    return found[-1] if found else None


def uri(secret: str, name: str) -> str:
    """The ``otpauth://`` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret, interval=TOTP_STEP_SECONDS).provisioning_uri(name=name, issuer_name=ISSUER)


def secret_for(session_token_hash: str) -> str:
    """The secret offered during enrolment in one session: the same on every reload, another one in any other session.

    It is derived, not stored, so an enrolment that somebody else began and left can never be completed unknowingly.
    """
    key = f"niangjia.accounts.enrolment:{settings.SECRET_KEY}".encode()
    digest = hmac.new(key, session_token_hash.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_SECRET_BYTES]).decode()
