"""Sessions: begin, find, keep alive, end. A session dies at once when it is ended or its user is disabled.

A hot path may do without this module: one SELECT on ``accounts_session`` by ``token_hash`` (see ``tokens``) joined
with ``accounts_user`` decides, by the same conditions as :func:`live`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import CharField, DateTimeField, Q, QuerySet

from niangjia.kernel import clock
from niangjia.platform.accounts import events, policy_settings, tokens
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.prepared import Parameter, Prepared

AGENT_LENGTH = 200
ADDRESS_LENGTH = 45
SEEN_STEP = {SessionKind.MEMBER: timedelta(minutes=10), SessionKind.STAFF: timedelta(seconds=30)}
"""How stale ``seen_at`` may get before a request writes it anew: an idle session may end that much early."""


@dataclass(frozen=True)
class SignedIn:
    """A session and its token, which is shown this once."""

    session: Session
    token: str


def start(
    *,
    user: User,
    kind: SessionKind,
    address: str = "",
    agent: str = "",
    second_factor_at: datetime | None = None,
    lasts: timedelta | None = None,
    held: bool = False,
) -> SignedIn:
    """Begin a session of ``kind``; it ends ``lasts`` from now, by default after the longest time its kind allows."""
    token, now = tokens.new_token(), clock.now()
    session = Session.objects.create(
        user=user,
        token_hash=tokens.token_hash(token),
        kind=kind.value,
        created_at=now,
        seen_at=now,
        expires_at=now + (lasts or longest(kind)),
        second_factor_at=second_factor_at,
        held=held,
        address=address[:ADDRESS_LENGTH],
        agent=_printable(agent)[:AGENT_LENGTH],
    )
    return SignedIn(session, token)


def find(token: str, *, kind: SessionKind | None = None) -> Session | None:
    """The living session of ``token`` with its user, in one SELECT; None when there is none (of that kind)."""
    if not tokens.is_well_formed(token):
        return None
    for row in _FOUND.ask(token_hash=tokens.token_hash(token), **_limits()):
        session = Session.from_db(DEFAULT_DB_ALIAS, _SESSION, row[: len(_SESSION)])
        session.user = User.from_db(DEFAULT_DB_ALIAS, _USER, row[len(_SESSION) :])
        return session if kind is None or session.kind == kind.value else None
    return None


def live() -> QuerySet[Session]:
    """Sessions that are alive now: not ended, not expired, not idle too long, their user not disabled."""
    return _alive(**_limits())


def _limits() -> dict[str, datetime]:
    """What a living session is measured by: it ends later than ``now``, and was seen since the limit of its kind."""
    now = clock.now()
    return {"now": now, "member": now - policy_settings.member_idle(), "staff": now - policy_settings.staff_idle()}


def _alive(*, now: Any, member: Any, staff: Any) -> QuerySet[Session]:
    fresh = Q(kind=SessionKind.MEMBER.value, seen_at__gte=member) | Q(kind=SessionKind.STAFF.value, seen_at__gte=staff)
    return Session.objects.filter(fresh, ended_at__isnull=True, expires_at__gt=now, user__is_active=True)


def _found() -> QuerySet[Session, Any]:
    """All columns of the living session of ``token_hash``, then all of its user."""
    limits = {name: Parameter(name, DateTimeField()) for name in ("now", "member", "staff")}
    rows = _alive(**limits).filter(token_hash=Parameter("token_hash", CharField()))
    return rows.values_list(*_SESSION, *(f"user__{name}" for name in _USER))


_SESSION = [field.attname for field in Session._meta.concrete_fields]
_USER = [field.attname for field in User._meta.concrete_fields]
_FOUND = Prepared(_found)


def of_user(user: User) -> QuerySet[Session]:
    """The user's living sessions, the one used last first."""
    return live().filter(user=user).order_by("-seen_at", "-id")


def complete(session: Session) -> SignedIn:
    """Make a pending or held session whole: proved now, full length, and a new token for the old one."""
    token, now = tokens.new_token(), clock.now()
    session.held = False
    session.token_hash, session.second_factor_at = tokens.token_hash(token), now
    session.seen_at, session.expires_at = now, now + longest(SessionKind(session.kind))
    session.save(update_fields=["token_hash", "second_factor_at", "held", "seen_at", "expires_at"])
    return SignedIn(session, token)


def recent_second_factor(session: Session | None, *, within: timedelta | None = None) -> bool:
    """Whether a second factor was proved in ``session`` within the last minutes (10, or as the setting says)."""
    if session is None or session.second_factor_at is None:
        return False
    return clock.now() - session.second_factor_at <= (within or policy_settings.step_up())


def touch(session: Session) -> None:
    """Note that ``session`` is in use; writes only when the last note is older than the kind's step."""
    now = clock.now()
    if now - session.seen_at >= SEEN_STEP[SessionKind(session.kind)]:
        Session.objects.filter(pk=session.pk, ended_at__isnull=True).update(seen_at=now)
        session.seen_at = now


def end(session: Session) -> None:
    """Sign out of ``session``; the very next request with its token is a stranger's. Ending twice changes nothing."""
    now = clock.now()
    if Session.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=now):
        session.ended_at = now
        events.signed_out.send(sender=Session, session=session)


def end_all(user: User, *, reason: str = "", keep: Session | None = None) -> int:
    """End every session of ``user`` but ``keep``; the number of those ended. Call it when rights are taken away."""
    rows = Session.objects.filter(user=user, ended_at__isnull=True)
    count = (rows.exclude(pk=keep.pk) if keep else rows).update(ended_at=clock.now())
    events.sessions_ended.send(sender=Session, user_id=user.pk, count=count, reason=reason)
    return count


def end_one(user: User, public_id: str) -> None:
    """End one of the user's own sessions, found by its public id; an unknown id changes nothing."""
    session = Session.objects.filter(user=user, public_id=public_id, ended_at__isnull=True).first()
    if session is not None:
        end(session)


def choose_node(session: Session, node_id: int | None) -> None:
    """Remember the node picked in the console's switcher. Whether the actor may see it is the caller's to ask."""
    Session.objects.filter(pk=session.pk).update(chosen_node_id=node_id)
    session.chosen_node_id = node_id


def longest(kind: SessionKind) -> timedelta:
    """The longest time a session of ``kind`` may last."""
    return policy_settings.staff_session() if kind is SessionKind.STAFF else policy_settings.member_session()


def _printable(agent: str) -> str:
    return "".join(letter for letter in agent if letter.isprintable() and letter.isascii())
