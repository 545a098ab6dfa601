"""Proving oneself again before a delicate act: changing a phone or a bank card, exporting, unmasking in bulk.

Staff type the code of their authenticator, members a code sent to the phone they signed in with.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import codes, errors, events, owners, second_factor
from niangjia.platform.accounts.kinds import CodePurpose
from niangjia.platform.accounts.models import Session
from niangjia.platform.accounts.sessions import recent_second_factor

__all__ = ["by_code", "by_totp", "recent_second_factor", "request_code", "require", "require_of"]


def require(session: Session | None, *, within: timedelta | None = None) -> None:
    """Raises NotAllowed STEP_UP_REQUIRED unless a second factor was proved within the last minutes."""
    if not recent_second_factor(session, within=within):
        raise errors.step_up_missing()


def require_of(actor: Actor, *, within: timedelta | None = None) -> None:
    """Like :func:`require`, for actions, which know the actor and not the session."""
    session = None
    if actor.session_id is not None:
        session = Session.objects.filter(pk=actor.session_id, ended_at__isnull=True).first()
    require(session, within=within)


def by_totp(*, session: Session, code: Any) -> None:
    """Prove a staff session anew. Refusals: ``second_factor.judge``."""
    second_factor.judge(session.user, code)
    _note(session)


def request_code(*, session: Session, binding: str, address: str) -> codes.CodeSent:
    """Send a code to the phone of the session's own user. Refusals: ``codes.issue``."""
    return codes.issue(phone=session.user.phone, purpose=CodePurpose.STEP_UP, binding=binding, address=address)


def by_code(*, session: Session, code: Any, binding: str, address: str) -> None:
    """Prove a member's session anew. Refusals: ``codes.verify``."""
    codes.verify(phone=session.user.phone, code=code, purpose=CodePurpose.STEP_UP, binding=binding, address=address)
    owners.proved(session.user)
    _note(session)


def _note(session: Session) -> None:
    session.second_factor_at = clock.now()
    Session.objects.filter(pk=session.pk).update(second_factor_at=session.second_factor_at)
    events.stepped_up.send(sender=Session, session=session)
