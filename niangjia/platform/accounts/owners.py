"""Whether whoever typed the code is the one whose account it is.

A phone that was given back is given to somebody else after some months, who would then be signed in as the one before
them. Only a code proves who has the phone, so what counts is when the last one was typed: where that is long ago, the
new session is held. It opens nothing but the page that asks for one thing that the owner knows, and the way out for
whoever is not the owner. What is known about owners, and how long is long, the floors above tell.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from niangjia.kernel import clock
from niangjia.platform.accounts import errors, events, sessions, tries
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User

TAIL = 4
FRESH = timedelta(hours=12)
"""A proof as young as this is not written anew with each sign-in."""


class Ask(StrEnum):
    """What is asked for: the last four places of the ID number, or the name where no number is known."""

    TAIL = "tail"
    NAME = "name"


@dataclass(frozen=True)
class Known:
    """What is on record about the owner of an account."""

    number: str = ""
    name: str = ""

    @property
    def ask(self) -> Ask:
        return Ask.TAIL if self.number else Ask.NAME

    def is_said(self, said: str) -> bool:
        """Whether ``said`` is what only the owner knows, in any width and case."""
        if self.ask is Ask.TAIL:
            return _plain(said) == _plain(self.number)[-TAIL:]
        return bool(self.name) and _plain(said) == _plain(self.name)


Knows = Callable[[int], Known | None]
Days = Callable[[int], int]

_knows: list[Knows] = []
_days: list[Days] = []


def register(knows: Knows) -> None:
    """``knows(user_id)`` is what one room has on record, None when nothing; the first that has some is asked."""
    _knows.append(knows)


def register_days(days: Days) -> None:
    """``days(user_id)``: after so many days without a code the owner is asked. Called at start-up."""
    _days[:] = [days]


def known(user_id: int) -> Known | None:
    """What is on record about the owner of an account; None for an account that shows nothing of anybody."""
    return next((found for knows in _knows if (found := knows(user_id)) is not None), None)


def must_ask(user: User) -> bool:
    """Whether a code alone does not open the account: the last is too long ago, or the phone was in other hands."""
    if user.phone_proved_at is not None:
        age = clock.now() - user.phone_proved_at
        if age < FRESH or not _days or age < timedelta(days=_days[0](user.pk)):
            return False
    return known(user.pk) is not None


def proved(user: User) -> None:
    """The owner has just typed a code."""
    now = clock.now()
    if user.phone_proved_at is None or now - user.phone_proved_at >= FRESH:
        User.objects.filter(pk=user.pk).update(phone_proved_at=now)
        user.phone_proved_at = now


def doubt(user: User) -> None:
    """Whoever signs in next is asked, for the phone was in other hands."""
    User.objects.filter(pk=user.pk).update(phone_proved_at=None)
    user.phone_proved_at = None


def asked_of(session: Session) -> Ask:
    """What the page asks for. Raises Conflict OWNER_KNOWN for a session that is not held."""
    found = known(session.user_id) if session.held else None
    if found is None:
        raise errors.owner_known()
    return found.ask


def answer(session: Session, said: str) -> sessions.SignedIn:
    """Open a held session, which gets a new token, to whoever says what the owner knows.

    Counts before it judges, in a transaction of its own. Raises Conflict OWNER_KNOWN, RuleBroken OWNER_WRONG, TooMany.
    """
    asked_of(session)
    tries.count_owner(user_id=session.user_id)
    found = known(session.user_id)
    if found is None or not found.is_said(said):
        _refused(session)
        raise errors.owner_name_wrong() if found is not None and found.ask is Ask.NAME else errors.owner_tail_wrong()
    tries.forgive_owner(user_id=session.user_id)
    begun = sessions.complete(session)
    proved(session.user)
    events.signed_in.send(sender=Session, session=session)
    return begun


def _refused(session: Session) -> None:
    events.sign_in_refused.send(
        sender=Session,
        user_id=session.user_id,
        code="OWNER_WRONG",
        kind=SessionKind.MEMBER,
        address=session.address,
    )


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()
