"""The work on rosters that nobody waits for."""

from __future__ import annotations

from typing import Any

from niangjia.commons.rosters import work
from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.platform import jobs
from niangjia.services.joining.rosters import applying, staging
from niangjia.services.joining.rosters.actions import MOVES


@jobs.task(MOVES.kind.check_job, label=_("核对入会名单"))
def check(job: jobs.JobHandle) -> dict[str, Any]:
    """Read the file into rows, then put the roster before the officer, or give the file back with the reason."""
    return work.check(MOVES, job, staging.Reader)


@jobs.task(MOVES.kind.apply_job, label=_("办理入会名单"))
def apply(job: jobs.JobHandle) -> dict[str, Any]:
    """Register the whole roster with the rights that the officer has now; if those or the register changed, check the
    rows again and put the roster back on the desk."""
    return work.apply(MOVES, job, _register)


def _register(**given: Any) -> dict[str, Any]:
    return {"joined": applying.apply(**given).joined}


@jobs.every("joining.roster_empty", "50 2 * * *", label=_("清除已办结名单里的个人信息"))
def empty(job: jobs.JobHandle) -> dict[str, int]:
    """Remove what rosters held of people once their days are over."""
    return {"emptied": MOVES.empty_ended(day=clock.today(), actor=job.actor)}
