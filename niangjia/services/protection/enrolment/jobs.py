"""The work on lists of enrolment that nobody waits for."""

from __future__ import annotations

from typing import Any

from niangjia.commons.rosters import work
from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.platform import jobs
from niangjia.services.protection.enrolment import applying, staging
from niangjia.services.protection.enrolment.actions import MOVES


@jobs.task(MOVES.kind.check_job, label=_("核对参保名单"))
def check(job: jobs.JobHandle) -> dict[str, Any]:
    """Judge everybody on the list, then put it before its office, or give the file back with the reason."""
    return work.check(MOVES, job, staging.begin, staging.stage)


@jobs.task(MOVES.kind.apply_job, label=_("办理参保名单"))
def apply(job: jobs.JobHandle) -> dict[str, Any]:
    """Enrol the whole list with the rights that its officer has now; if those or what is known changed, check again."""
    return work.apply(MOVES, job, applying.apply)


@jobs.every("protection.roster_empty", "55 2 * * *", label=_("清除已办结参保名单里的个人信息"))
def empty(job: jobs.JobHandle) -> dict[str, int]:
    """Remove what lists held of people once their days are over."""
    return {"emptied": MOVES.empty_ended(day=clock.today(), actor=job.actor)}
