"""Test clients and browsers that are signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from django.test import Client

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import cookies, sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Page


class Somebody(Protocol):
    """An actor, or a person with an account."""

    @property
    def user_id(self) -> int | None: ...


def member_client(actor: Actor) -> Client:
    """A phone on which the actor's user is signed in as a member."""
    return _client(actor, SessionKind.MEMBER)


def staff_client(actor: Actor) -> Client:
    """A desk at which the actor's user is signed in as staff, second factor proved."""
    return _client(actor, SessionKind.STAFF)


def member_signs_in(page: Page, base: str, who: Somebody) -> None:
    """From now on the browser of ``page`` is that of a member on the server at ``base``, whoever it was before."""
    _browse(page, base, who, SessionKind.MEMBER)


def staff_signs_in(page: Page, base: str, who: Somebody) -> None:
    """From now on the browser of ``page`` is that of staff, second factor proved, whoever it was before."""
    _browse(page, base, who, SessionKind.STAFF)


def _client(actor: Actor, kind: SessionKind) -> Client:
    client = Client()
    client.cookies[cookies.full_name(cookies.NAMES[kind])] = _token(actor, kind)
    return client


def _browse(page: Page, base: str, who: Somebody, kind: SessionKind) -> None:
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": cookies.full_name(cookies.NAMES[kind]), "value": _token(who, kind), "url": base}]
    )


def _token(who: Somebody, kind: SessionKind) -> str:
    proved = clock.now() if kind is SessionKind.STAFF else None
    return sessions.start(user=User.objects.get(pk=who.user_id or 0), kind=kind, second_factor_at=proved).token
