"""From a session to the actor of a request. What a user may do, and who they are, is told by hooks of the commons."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from niangjia.kernel.actor import Actor, ActorKind, Grant
from niangjia.platform.accounts.models import Session
from niangjia.platform.requests.addresses import client_address

GrantsProvider = Callable[[int], tuple[Grant, ...]]
PersonProvider = Callable[[int], tuple[int | None, str]]

_grants: list[GrantsProvider] = []
_person: list[PersonProvider] = []


def register_grants(provider: GrantsProvider) -> None:
    """``provider(user_id)`` gives the roles a user holds today; asked once per request of a staff session."""
    _grants[:] = [provider]


def register_person(provider: PersonProvider) -> None:
    """``provider(user_id)`` gives the person's id (or None) and name; asked once per request of a member session."""
    _person[:] = [provider]


def of_session(session: Session | None, *, trace: str = "", address: str = "") -> Actor:
    """The actor of a session: staff with grants and no person, a member with a person and no grants.

    Nobody, staff whose second factor is still due, and a member who is not known to be the owner yet, are anonymous.
    """
    if session is None or session.held or (session.is_staff and not session.second_factor_done):
        return Actor.anonymous(trace=trace, address=address)
    return (_staff if session.is_staff else _member)(session, trace, address)


def of_request(request: HttpRequest, session: Session | None) -> Actor:
    """The actor of ``session`` with the request's trace and address."""
    return of_session(session, trace=getattr(request, "trace", ""), address=client_address(request))


def _staff(session: Session, trace: str, address: str) -> Actor:
    return Actor(
        ActorKind.STAFF,
        name=session.user.display_name or session.user.sign_in_name or "",
        user_id=session.user_id,
        session_id=session.pk,
        grants=_grants[0](session.user_id) if _grants else (),
        chosen_node_id=session.chosen_node_id,
        trace=trace,
        address=address,
    )


def _member(session: Session, trace: str, address: str) -> Actor:
    person_id, name = _person[0](session.user_id) if _person else (None, "")
    return Actor(
        ActorKind.MEMBER,
        name=name or session.user.display_name,
        user_id=session.user_id,
        person_id=person_id,
        session_id=session.pk,
        trace=trace,
        address=address,
    )


def actor_of(request: HttpRequest) -> Actor:
    """The one who makes this request, as the middleware found."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
