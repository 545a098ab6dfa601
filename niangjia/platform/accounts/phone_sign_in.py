"""Signing in as a member: a phone, a code by SMS. The first confirmed code makes the account."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import codes, errors, events, owners, policy_settings, sessions
from niangjia.platform.accounts.codes import CodeSent, Proof
from niangjia.platform.accounts.kinds import CodePurpose, SessionKind
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.accounts.tries import Quota

__all__ = ["CodeSent", "confirm", "request_code", "user_of"]


def request_code(
    *, phone: Any, purpose: str = CodePurpose.SIGN_IN, binding: str, address: str, quota: Quota | None = None
) -> CodeSent:
    """Send a code to ``phone``; known, unknown and disabled phones get the same answer. Refusals: ``codes.issue``."""
    return codes.issue(phone=phone, purpose=purpose, binding=binding, address=address, quota=quota)


def confirm(
    *,
    phone: Any,
    code: Any,
    purpose: str = CodePurpose.SIGN_IN,
    binding: str,
    address: str,
    agent: str = "",
) -> tuple[Session, str]:
    """Sign in with the code that was sent: the member's session, which may be held (``owners``), and its token.

    Refusals: ``codes.verify``.
    """
    try:
        proof = codes.verify(phone=phone, code=code, purpose=purpose, binding=binding, address=address)
        user = user_of(proof)
    except DomainError as error:
        events.sign_in_refused.send(
            sender=Session, user_id=None, code=error.code, kind=SessionKind.MEMBER, address=address
        )
        raise
    begun = begin(user, address=address, agent=agent)
    return begun.session, begun.token


def begin(user: User, *, address: str = "", agent: str = "") -> sessions.SignedIn:
    """Sign in whoever has just typed the code, or hold the session where the phone may have a new holder."""
    held = owners.must_ask(user)
    begun = sessions.start(
        user=user,
        kind=SessionKind.MEMBER,
        address=address,
        agent=agent,
        second_factor_at=clock.now(),
        lasts=policy_settings.owner_pending() if held else None,
        held=held,
    )
    if not held:
        owners.proved(user)
        events.signed_in.send(sender=Session, session=begun.session)
    return begun


def user_of(proof: Proof) -> User:
    """The active user of a phone just proved, made now if the phone is new; raises Gone OTP_EXPIRED when disabled."""
    user = User.objects.filter(phone_index=proof.phone_index).first() or new_member(proof)
    if not user.is_active:
        raise errors.code_expired()
    return user


def new_member(proof: Proof) -> User:
    """An account of its own for a phone just proved that no account has."""
    user = User(phone=proof.phone, phone_index=proof.phone_index)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        # The same phone was confirmed in another browser at the same moment, and that one made the account.
        return User.objects.get(phone_index=proof.phone_index)
    events.user_created.send(sender=User, user=user, kind=SessionKind.MEMBER)
    return user
