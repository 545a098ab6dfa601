"""Signing in as staff: a name and a password, then the code of an authenticator.

Between the two steps there is a pending session that opens nothing but the second step. Lock-out: five wrong
passwords in 15 minutes per name, twenty wrong second factors per user; the limit is asked before a hash is computed.
Rule source: reliability R16–R18.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import (
    errors,
    events,
    networks,
    passwords,
    policy_settings,
    second_factor,
    sessions,
    texts,
    tries,
)
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User


class Step(StrEnum):
    """What a staff session still lacks."""

    SECOND_FACTOR = "second_factor"
    ENROLMENT = "enrolment"
    NONE = "none"


def check_password(*, name: Any, password: Any, address: str, agent: str = "") -> tuple[Session, str]:
    """Judge the first step: a pending session and its token.

    Raises NotSignedIn WRONG_CREDENTIALS (unknown name, wrong password, closed account: same answer, same cost),
    RuleBroken PASSWORD_LENGTH, TooMany, NotAllowed NETWORK_BARRED.
    """
    typed = password if isinstance(password, str) else ""
    networks.require_staff_network(address)
    passwords.require_readable(typed)
    wanted = texts.sign_in_name(name)
    tries.count_password(name=wanted, address=address)
    user = User.objects.filter(sign_in_name=wanted or "\N{REPLACEMENT CHARACTER}").first()
    if not passwords.is_right(user, typed) or user is None:
        _refused(user, "WRONG_CREDENTIALS", address)
        raise errors.wrong_credentials()
    tries.forgive_password(name=wanted)
    begun = sessions.start(
        user=user, kind=SessionKind.STAFF, address=address, agent=agent, lasts=policy_settings.staff_pending()
    )
    return begun.session, begun.token


def check_totp(*, session: Session, code: Any) -> sessions.SignedIn:
    """Judge the second step and complete the session, which gets a new token (the pending one is worthless then).

    Raises RuleBroken OTP_FORMAT, TOTP_WRONG or TOTP_USED, TooMany, NotAllowed ENROLMENT_REQUIRED or
    STAFF_SESSION_REQUIRED.
    """
    if not session.is_staff:
        raise errors.staff_only()
    try:
        second_factor.judge(session.user, code)
    except DomainError as error:
        _refused(session.user, error.code, session.address)
        raise
    begun = sessions.complete(session)
    events.signed_in.send(sender=Session, session=begun.session)
    return begun


def next_step(session: Session) -> Step:
    """What the holder of ``session`` must do next."""
    if session.second_factor_done:
        return Step.NONE
    return Step.SECOND_FACTOR if session.user.totp_secret else Step.ENROLMENT


def _refused(user: User | None, code: str, address: str) -> None:
    user_id = user.pk if user else None
    events.sign_in_refused.send(sender=Session, user_id=user_id, code=code, kind=SessionKind.STAFF, address=address)
