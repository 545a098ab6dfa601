"""Signing in for apps: the same flows, with tokens in the answer instead of cookies. Plain data in and out for ninja.

An app sends the token as ``Authorization: Bearer <token>``. ``ticket`` ties a code to the app that asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from niangjia.platform.accounts import bindings, errors, owners, phone_sign_in, sessions, staff_sign_in
from niangjia.platform.accounts.kinds import CodePurpose, SessionKind
from niangjia.platform.accounts.models import Session
from niangjia.platform.accounts.tries import Quota


@dataclass(frozen=True)
class CodeTicket:
    """The answer to asking for a code; ``ticket`` comes back with the code. Times in seconds."""

    ticket: str
    resend_after: int
    expires_in: int


@dataclass(frozen=True)
class Token:
    """The answer to signing in; ``next_step`` is ``second_factor``, ``enrolment``, ``owner`` or ``none``."""

    token: str
    kind: str
    expires_at: datetime
    next_step: str


def request_code(
    *, phone: Any, address: str, ticket: Any = "", purpose: str = CodePurpose.SIGN_IN, quota: Quota | None = None
) -> CodeTicket:
    """Send a code; an app that asks again gives its ticket along. Refusals: ``codes.issue``."""
    binding = ticket if isinstance(ticket, str) and ticket else bindings.new()
    sent = phone_sign_in.request_code(phone=phone, purpose=purpose, binding=binding, address=address, quota=quota)
    return CodeTicket(binding, sent.resend_after, sent.expires_in)


def confirm_code(*, phone: Any, code: Any, ticket: Any, address: str, agent: str = "") -> Token:
    """Sign a member in; a token whose next step is ``owner`` opens only that. Refusals: ``codes.verify``."""
    binding = ticket if isinstance(ticket, str) else ""
    session, token = phone_sign_in.confirm(phone=phone, code=code, binding=binding, address=address, agent=agent)
    return _token(session, token)


def check_password(*, name: Any, password: Any, address: str, agent: str = "") -> Token:
    """First step of staff; the token opens only the second step. Refusals: ``staff_sign_in.check_password``."""
    session, token = staff_sign_in.check_password(name=name, password=password, address=address, agent=agent)
    return _token(session, token)


def check_totp(*, token: str, code: Any) -> Token:
    """Second step of staff: a new token for the pending one. Refusals: ``staff_sign_in.check_totp``, NOT_SIGNED_IN."""
    session = sessions.find(token, kind=SessionKind.STAFF)
    if session is None:
        raise errors.not_signed_in()
    done = staff_sign_in.check_totp(session=session, code=code)
    return _token(done.session, done.token)


def say_owner(*, session: Session, said: str) -> Token:
    """Open a held session to its owner: a new token. Refusals: ``owners.answer``."""
    return token_of(owners.answer(session, said))


def sign_out(*, token: str) -> None:
    """End the session of ``token``; an unknown one changes nothing."""
    session = sessions.find(token)
    if session is not None:
        sessions.end(session)


def _token(session: Session, token: str) -> Token:
    step = "owner" if session.held else staff_sign_in.next_step(session).value
    return Token(token, session.kind, session.expires_at, step)


def token_of(begun: sessions.SignedIn) -> Token:
    """The answer to a session that begins otherwise than by a code."""
    return _token(begun.session, begun.token)
