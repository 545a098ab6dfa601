"""The two pieces of work that nobody waits for: reading a file, and applying it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.db import IntegrityError

from niangjia.commons.rosters import staging
from niangjia.commons.rosters.kind import Kind, R
from niangjia.commons.rosters.moves import Moves
from niangjia.commons.rosters.staging import Begin
from niangjia.commons.rosters.states import RosterState
from niangjia.commons.unions import grants
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import DomainError
from niangjia.platform.jobs import JobHandle

Stage = Callable[[Kind[R], JobHandle, R, Begin[R]], dict[str, Any]]


def check(moves: Moves[R], job: JobHandle, begin: Begin[R], stage: Stage[R] = staging.stage) -> dict[str, Any]:
    """Read the file into rows, then put it before the office, or give the file back with the reason. A room whose rows
    do not come from a file gives its own ``stage``."""
    roster = _roster(moves, job)
    if roster.state == RosterState.UPLOADED:
        roster = moves.check_roster(public_id=roster.public_id, actor=job.actor)
    if roster.state != RosterState.CHECKING:
        return {"state": roster.state}
    if roster.job != job.public_id:
        return {"overtaken": True}
    try:
        counts = stage(moves.kind, job, roster, begin)
    except staging.Overtaken:
        return {"overtaken": True}
    except DomainError as refusal:
        moves.refuse_roster(public_id=roster.public_id, refusal=refusal, actor=job.actor)
        return {"refused": refusal.code}
    moves.present_roster(public_id=roster.public_id, counts=counts, actor=job.actor)
    return {key: value for key, value in counts.items() if isinstance(value, int)}


def apply(moves: Moves[R], job: JobHandle, step: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Apply the whole file with the rights that its officer has now; if those or what is known changed, check the rows
    again and put it back on the desk. ``step(public_id=…, actor=…)`` is one transaction that ends in ``finish_roster``
    and leaves a file that is not being applied as it is; it gives the result of the job."""
    roster = _roster(moves, job)
    if roster.state != RosterState.APPLYING:
        return {"state": roster.state}
    try:
        return step(public_id=roster.public_id, actor=_officer(roster, job))
    except (DomainError, IntegrityError):
        moves.recheck_roster(public_id=roster.public_id, actor=job.actor)
        return {"rechecked": True}


def _roster(moves: Moves[R], job: JobHandle) -> R:
    return cast(R, moves.kind.roster.objects.with_unions().get(public_id=job.payload["roster"]))


def _officer(roster: Any, job: JobHandle) -> Actor:
    """Who let it be applied, with the offices of now."""
    user = roster.applied_by
    assert user is not None  # noqa: S101 - the action has written who
    name = user.display_name or user.sign_in_name or ""
    return Actor(ActorKind.STAFF, name=name, user_id=user.pk, grants=grants.of_user(user.pk), trace=job.job.trace)
