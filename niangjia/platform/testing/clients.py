"""Test clients that are signed in."""

from __future__ import annotations

from django.test import Client

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import cookies, sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User


def member_client(actor: Actor) -> Client:
    """A phone on which the actor's user is signed in as a member."""
    return _client(actor, SessionKind.MEMBER)


def staff_client(actor: Actor) -> Client:
    """A desk at which the actor's user is signed in as staff, second factor proved."""
    return _client(actor, SessionKind.STAFF)


def _client(actor: Actor, kind: SessionKind) -> Client:
    client = Client()
    proved = clock.now() if kind is SessionKind.STAFF else None
    signed_in = sessions.start(user=User.objects.get(pk=actor.user_id or 0), kind=kind, second_factor_at=proved)
    client.cookies[cookies.full_name(cookies.NAMES[kind])] = signed_in.token
    return client
