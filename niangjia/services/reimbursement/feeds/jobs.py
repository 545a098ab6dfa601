"""The work on feeds that nobody waits for."""

from __future__ import annotations

from typing import Any

from niangjia.commons.rosters import work
from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.platform import jobs
from niangjia.services.reimbursement.feeds import applying, staging
from niangjia.services.reimbursement.feeds.actions import MOVES


@jobs.task(MOVES.kind.check_job, label=_("核对结算数据"))
def check(job: jobs.JobHandle) -> dict[str, Any]:
    """Read the settlements, match them and try them out, then put the feed before the clerk."""
    return work.check(MOVES, job, staging.Reader)


@jobs.task(MOVES.kind.apply_job, label=_("计算报销"))
def apply(job: jobs.JobHandle) -> dict[str, Any]:
    """Make the round of cases; if somebody's year has changed since, check again."""
    return work.apply(MOVES, job, applying.step)


@jobs.every("reimbursement.feed_empty", "55 2 * * *", label=_("清除已办结结算数据里的个人信息"))
def empty(job: jobs.JobHandle) -> dict[str, int]:
    """Remove what feeds held of people once their days are over."""
    return {"emptied": MOVES.empty_ended(day=clock.today(), actor=job.actor)}
