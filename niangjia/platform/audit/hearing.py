"""What happens to accounts is written down like every other act; no typed name and no secret is."""

from __future__ import annotations

from typing import Any

from niangjia.kernel.actor import Actor, ActorKind
from niangjia.platform.accounts import events
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.audit import entries


def listen() -> None:
    """Connect to everything that accounts tell. Called when the app is ready."""
    events.signed_in.connect(_signed_in)
    events.signed_out.connect(_signed_out)
    events.sign_in_refused.connect(_refused)
    events.sessions_ended.connect(_sessions_ended)
    for signal, action in (
        (events.user_disabled, "disabled"),
        (events.user_enabled, "enabled"),
        (events.password_changed, "password_changed"),
        (events.second_factor_reset, "second_factor_reset"),
    ):
        signal.connect(_by_somebody(action), weak=False)
    events.second_factor_enrolled.connect(_enrolled)
    events.stepped_up.connect(_stepped_up)


def _signed_in(*, session: Session, **_more: Any) -> None:
    _of_session(session, "signed_in")


def _signed_out(*, session: Session, **_more: Any) -> None:
    _of_session(session, "signed_out")


def _stepped_up(*, session: Session, **_more: Any) -> None:
    _of_session(session, "stepped_up")


def _enrolled(*, user: User, session: Session, **_more: Any) -> None:
    _of_session(session, "second_factor_enrolled")


def _refused(*, user_id: int | None, code: str, kind: str, address: str, **_more: Any) -> None:
    actor = Actor.anonymous(address=address)
    data = {"code": str(code), "kind": str(kind)}
    entries.record(actor, "accounts.refused", subject_type="accounts.user", subject_id=str(user_id or ""), data=data)


def _sessions_ended(*, user_id: int, count: int, reason: str, **_more: Any) -> None:
    data = {"count": count, "reason": reason}
    actor = Actor.system("accounts")
    entries.record(actor, "accounts.sessions_ended", subject_type="accounts.user", subject_id=str(user_id), data=data)


def _by_somebody(action: str) -> Any:
    def heard(*, user: User, actor: Actor, reason: str = "", **_more: Any) -> None:
        name = f"accounts.{action}"
        entries.record(actor, name, subject_type="accounts.user", subject_id=str(user.pk), reason=reason)

    return heard


def _of_session(session: Session, action: str) -> None:
    kind = ActorKind.MEMBER if session.is_member else ActorKind.STAFF
    actor = Actor(kind, user_id=session.user_id, session_id=session.pk, address=session.address)
    entries.record(actor, f"accounts.{action}", subject_type="accounts.user", subject_id=str(session.user_id))
