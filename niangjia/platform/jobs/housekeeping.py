"""The house's own work by the clock, for the apps that lie below this one."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max, QuerySet

from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.platform import files
from niangjia.platform.jobs.handle import JobHandle
from niangjia.platform.jobs.models import Job, Tick, Worker
from niangjia.platform.jobs.registry import LONG, every, periodic
from niangjia.platform.jobs.states import JobState
from niangjia.platform.notices import delivery

KEPT_BY_CLOCK = timedelta(days=1)
KEPT_DONE = timedelta(days=90)
KEPT_DEAD = timedelta(days=365)
KEPT_TICKS = timedelta(days=7)
_AT_ONCE = 1000


@every("jobs.forget", "17 4 * * *", label=_("清理已结束的后台任务"))
def forget_jobs(job: JobHandle) -> dict[str, int]:
    """Delete ended jobs, old due moments and workers that are gone."""
    now = clock.now()
    done = Job.objects.filter(state=JobState.DONE)
    by_clock = [task.kind for task in periodic()]
    return {
        "jobs": _delete(done.filter(kind__in=by_clock, ended_at__lt=now - KEPT_BY_CLOCK))
        + _delete(done.filter(ended_at__lt=now - KEPT_DONE))
        + _delete(Job.objects.filter(state=JobState.DEAD, ended_at__lt=now - KEPT_DEAD)),
        "ticks": _forget_ticks(),
        "workers": Worker.objects.filter(seen_at__lt=now - KEPT_BY_CLOCK).delete()[0],
    }


@every("notices.forget", "27 4 * * *", label=_("清理已发送的消息"))
def forget_notices(job: JobHandle) -> dict[str, int]:
    """Delete sent messages whose time is over."""
    return delivery.forget_old()


@every("files.sweep", "37 4 * * *", lane=LONG, label=_("清理没有用上的上传文件"))
def sweep_files(job: JobHandle) -> dict[str, int]:
    """Remove what uploads left behind that were never finished or never used."""
    return files.sweep()


def _forget_ticks() -> int:
    """Old due moments go; the last of each name stays, or its work would begin anew as if never seen."""
    last = Tick.objects.values("name").annotate(last=Max("id")).values_list("last", flat=True)
    return _delete(Tick.objects.filter(due_at__lt=clock.now() - KEPT_TICKS).exclude(pk__in=list(last)))


def _delete(rows: QuerySet[Job] | QuerySet[Tick]) -> int:
    """Delete in short transactions, so that nobody waits."""
    deleted = 0
    while keys := list(rows.values_list("pk", flat=True)[:_AT_ONCE]):
        deleted += rows.model._base_manager.filter(pk__in=keys).delete()[0]
    return deleted
