"""The authenticator of staff: judged with limits, each code once, and bound to an account by enrolment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from niangjia.kernel import clock
from niangjia.platform.accounts import errors, events, sessions, totp, tries
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.accounts.texts import six_digits


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs: the secret to type, or the address to scan as a QR code."""

    secret: str
    uri: str


def judge(user: User, typed: Any) -> None:
    """Accept the six digits of the user's authenticator once; at most 20 tries in 15 minutes are judged.

    Raises RuleBroken OTP_FORMAT, TOTP_WRONG or TOTP_USED, TooMany, NotAllowed ENROLMENT_REQUIRED.
    """
    if not user.totp_secret:
        raise errors.enrolment_missing()
    _use_step(user, _matching_step(user, user.totp_secret, typed))


def begin(session: Session) -> Enrolment:
    """Offer a secret to bind; reloading the page offers the same. Replacing a bound one needs a fresh step-up.

    Raises NotAllowed ENROLLED_ALREADY.
    """
    _require_may_enrol(session)
    secret = totp.secret_for(session.token_hash)
    return Enrolment(secret, totp.uri(secret, session.user.sign_in_name or session.user.public_id))


def confirm(session: Session, typed: Any) -> sessions.SignedIn:
    """Bind the offered secret, proved by its code; the session is complete afterwards and has a new token.

    The user's other sessions end. Raises what :func:`judge` raises, and NotAllowed ENROLLED_ALREADY.
    """
    _require_may_enrol(session)
    user, secret = session.user, totp.secret_for(session.token_hash)
    step = _matching_step(user, secret, typed)
    user.totp_secret, user.totp_last_step = secret, step
    with transaction.atomic():
        user.save(update_fields=["totp_secret", "totp_last_step"])
        begun = sessions.complete(session)
        sessions.end_all(user, reason="second_factor_enrolled", keep=session)
    events.second_factor_enrolled.send(sender=User, user=user, session=session)
    return begun


def _require_may_enrol(session: Session) -> None:
    if session.user.totp_secret and not sessions.recent_second_factor(session):
        raise errors.enrolled_already()


def _matching_step(user: User, secret: str, typed: Any) -> int:
    digits = six_digits(typed)
    if digits is None:
        raise errors.totp_format()
    tries.count_totp(user_id=user.pk)
    step = totp.matching_step(secret, digits, clock.now())
    if step is None:
        raise errors.totp_wrong()
    return step


def _use_step(user: User, step: int) -> None:
    """One conditional UPDATE decides, so that of two requests with the same code only one gets in."""
    if not User.objects.filter(pk=user.pk, totp_last_step__lt=step).update(totp_last_step=step):
        raise errors.totp_used()
    user.totp_last_step = step
    tries.forgive_totp(user_id=user.pk)
