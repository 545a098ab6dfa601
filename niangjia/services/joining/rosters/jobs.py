"""The work on rosters that nobody waits for."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError

from niangjia.commons.unions import grants
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import DomainError
from niangjia.platform import jobs
from niangjia.services.joining.rosters import actions, applying, staging
from niangjia.services.joining.rosters.models import Roster
from niangjia.services.joining.rosters.states import RosterState


@jobs.task(actions.CHECK_JOB)
def check(job: jobs.JobHandle) -> dict[str, Any]:
    """Read the file into rows, then put the roster before the officer, or give the file back with the reason."""
    roster = _roster(job)
    if roster.state == RosterState.UPLOADED:
        roster = actions.check_roster(public_id=roster.public_id, actor=job.actor)
    if roster.state != RosterState.CHECKING:
        return {"state": roster.state}
    if roster.job != job.public_id:
        return {"overtaken": True}
    try:
        counts = staging.stage(job, roster)
    except staging.Overtaken:
        return {"overtaken": True}
    except DomainError as refusal:
        actions.refuse_roster(public_id=roster.public_id, refusal=refusal, actor=job.actor)
        return {"refused": refusal.code}
    actions.present_roster(public_id=roster.public_id, counts=counts, actor=job.actor)
    return {key: value for key, value in counts.items() if isinstance(value, int)}


@jobs.task(actions.APPLY_JOB)
def apply(job: jobs.JobHandle) -> dict[str, Any]:
    """Register the whole roster with the rights that the officer has now; if those or the register changed, check the
    rows again and put the roster back on the desk."""
    roster = _roster(job)
    if roster.state != RosterState.APPLYING:
        return {"state": roster.state}
    try:
        applied = applying.apply(public_id=roster.public_id, actor=_officer(roster, job))
    except (DomainError, IntegrityError):
        actions.recheck_roster(public_id=roster.public_id, actor=job.actor)
        return {"rechecked": True}
    return {"joined": applied.joined}


@jobs.every("joining.roster_empty", "50 2 * * *")
def empty(job: jobs.JobHandle) -> dict[str, int]:
    """Remove what rosters held of people once their days are over."""
    return {"emptied": actions.empty_ended(day=clock.today(), actor=job.actor)}


def _roster(job: jobs.JobHandle) -> Roster:
    found: Roster = Roster.objects.with_unions().get(public_id=job.payload["roster"])
    return found


def _officer(roster: Roster, job: jobs.JobHandle) -> Actor:
    """Who let it be applied, with the offices of now."""
    user = roster.applied_by
    assert user is not None  # noqa: S101 - the action has written who
    name = user.display_name or user.sign_in_name or ""
    return Actor(ActorKind.STAFF, name=name, user_id=user.pk, grants=grants.of_user(user.pk), trace=job.job.trace)
