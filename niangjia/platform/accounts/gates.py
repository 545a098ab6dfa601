"""Who may call a view at all. Every view is closed unless it says otherwise; what exactly may be done, policies say.

Without a mark, /console/ asks for staff, /api/ for anybody signed in, everything else for a member. The marks also work
on the operations of a ninja router (put them below the router's decorator) and on class-based views.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest

from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import errors, networks, sessions
from niangjia.platform.accounts.models import Session

CONSOLE, API = "/console/", "/api/"
_MARK = "niangjia_gate"

View = TypeVar("View", bound=Callable[..., Any])


class Gate(StrEnum):
    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MEMBER = "member"
    STAFF = "staff"
    PENDING_STAFF = "pending_staff"
    HELD_MEMBER = "held_member"
    OWN = "own"


def public(view: View) -> View:
    """Anybody may call this view; who is signed in is known all the same."""
    return _mark(view, Gate.PUBLIC)


def signed_in_required(view: View) -> View:
    """Members and staff (with second factor) may call this view."""
    return _mark(view, Gate.SIGNED_IN)


def member_required(view: View) -> View:
    """Only a member's session may call this view; a staff session gets 403 MEMBER_SESSION_REQUIRED."""
    return _mark(view, Gate.MEMBER)


def staff_required(view: View) -> View:
    """Only a staff session with second factor may call this view; 403 MFA_REQUIRED or STAFF_SESSION_REQUIRED else."""
    return _mark(view, Gate.STAFF)


def pending_staff_allowed(view: View) -> View:
    """For the pages of the second factor: a staff session may call this view before it is complete."""
    return _mark(view, Gate.PENDING_STAFF)


def held_member_allowed(view: View) -> View:
    """For the way on from a held session: a member's session may call this view before its owner is known."""
    return _mark(view, Gate.HELD_MEMBER)


def checks_own_session(view: View) -> View:
    """For a hot path that finds its session in its own statement: the middleware queries nothing and refuses nothing.

    The view must answer for itself everything that :func:`refusal` asks.
    """
    return _mark(view, Gate.OWN)


def fresh_second_factor(view: View) -> View:
    """The view asks for a second factor proved minutes ago; raises NotAllowed STEP_UP_REQUIRED."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not sessions.recent_second_factor(getattr(request, "niangjia_session", None)):
            raise errors.step_up_missing()
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]


def gate_of(view: Callable[..., Any], request: HttpRequest) -> Gate:
    """The gate of ``view`` for this request's method and path."""
    for candidate in (view, getattr(view, "view_class", None), _operation(view, request.method or "")):
        mark = getattr(candidate, _MARK, None)
        if mark is not None:
            return Gate(mark)
    if request.path.startswith(CONSOLE):
        return Gate.STAFF
    return Gate.SIGNED_IN if request.path.startswith(API) else Gate.MEMBER


def refusal(gate: Gate, session: Session | None, address: str) -> DomainError | None:
    """Why a view behind ``gate`` cannot be called with ``session``; None when it can."""
    if gate is Gate.PUBLIC:
        return None
    if session is None:
        return errors.not_signed_in()
    return _refusal_of_staff(gate, session, address) if session.is_staff else _refusal_of_member(gate, session)


def _refusal_of_member(gate: Gate, session: Session) -> DomainError | None:
    if gate in (Gate.STAFF, Gate.PENDING_STAFF):
        return errors.staff_only()
    return errors.owner_unsure() if session.held and gate is not Gate.HELD_MEMBER else None


def _refusal_of_staff(gate: Gate, session: Session, address: str) -> DomainError | None:
    if not networks.may_work_from(address):
        return errors.network_barred()
    if gate in (Gate.MEMBER, Gate.HELD_MEMBER):
        return errors.members_only()
    if gate is Gate.PENDING_STAFF or session.second_factor_done:
        return None
    return errors.second_factor_missing()


def _mark(view: View, gate: Gate) -> View:
    setattr(view, _MARK, gate)
    return view


def _operation(view: Callable[..., Any], method: str) -> Any:
    """The function behind a ninja view, whose wrapper hides it in its closure; None for every other view."""
    for cell in getattr(view, "__closure__", None) or ():
        for operation in getattr(cell.cell_contents, "operations", ()):
            if method in operation.methods:
                return operation.view_func
    return None
