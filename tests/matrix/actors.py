"""Who calls: a signed-in browser and a token for the API, with the facts by which is judged what they may meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.test import Client

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import cookies, sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User

READING = ("union_officer", "reviewer")
A_KEY = "nosuchthing0000000000000"
MISSING = {
    "application": A_KEY, "asked": A_KEY, "person": A_KEY, "item": A_KEY, "notice": A_KEY, "session": A_KEY,
    "correction": A_KEY, "supplement": A_KEY, "consent": A_KEY, "child_consent": A_KEY,
    "campaign": A_KEY, "draw": A_KEY, "gift": A_KEY, "site": A_KEY, "reservation": A_KEY, "no_show": A_KEY,
    "kept_site": A_KEY, "sheet": A_KEY, "roster": A_KEY, "likeness": A_KEY,
    "waiting": A_KEY, "wish": A_KEY, "draft": A_KEY, "supplier": A_KEY, "appeal": A_KEY,
    "union": A_KEY, "node": "987654321", "user": "987654321",
}  # fmt: skip


@dataclass(frozen=True)
class Who:
    """``kind``: anonymous, member, staff, or pending (password given, second factor not)."""

    name: str
    kind: str
    offices: tuple[tuple[str, str], ...]
    user_id: int
    client: Client
    token: str
    cookies: tuple[tuple[str, str], ...] = ()

    def holds(self, *roles: str) -> bool:
        """Any office, or one of ``roles``."""
        return any(not roles or role in roles for role, _place in self.offices)

    def reaches(self, line: Sequence[str], *roles: str) -> bool:
        """Whether one of the offices (with one of ``roles``) stands somewhere in ``line``."""
        return any(place in line and (not roles or role in roles) for role, place in self.offices)

    def seen_at(self, path: str) -> Who:
        """Who they are at an address: the staff cookie counts in the console, the member's elsewhere, a token in the
        API whatever its kind."""
        counts = path.startswith("/api/") or path.startswith("/console/") == (self.kind in ("staff", "pending"))
        return self if counts else replace(self, kind="anonymous", offices=())


def signed_in(name: str, actor: Actor, offices: Sequence[tuple[str, str]], *, kind: str = "") -> Who:
    """``actor`` at a browser and with a token of the same kind."""
    known = kind or ("staff" if actor.is_staff else "member")
    session = SessionKind.MEMBER if known == "member" else SessionKind.STAFF
    proved = clock.now() if known == "staff" else None
    user = User.objects.get(pk=actor.user_id or 0)
    token = sessions.start(user=user, kind=session, second_factor_at=proved).token
    kept = ((cookies.full_name(cookies.NAMES[session]), token),)
    return Who(name, known, tuple(offices), user.pk, Client(raise_request_exception=False), token, kept)
