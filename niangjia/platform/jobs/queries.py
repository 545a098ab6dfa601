"""What pages and alarms read about jobs."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, QuerySet

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import _
from niangjia.platform.jobs.models import Job, Worker
from niangjia.platform.jobs.states import OPEN, JobState

SILENT = timedelta(seconds=60)


def job_for(actor: Actor, public_id: str) -> Job:
    """A job that ``actor`` asked for, to show its progress. Raises NotFound, also for other people's jobs."""
    job = Job.objects.filter(public_id=public_id, created_by_id=actor.user_id).first() if actor.user_id else None
    if job is None:
        raise NotFound("NOT_FOUND", _("没有找到这项任务。"))
    return job


def workers_alive(within: timedelta = SILENT) -> int:
    """How many workers have given a sign of life lately."""
    return Worker.objects.filter(seen_at__gte=clock.now() - within).count()


def dead() -> QuerySet[Job]:
    """Jobs that need an operator, the latest first."""
    return Job.objects.filter(state=JobState.DEAD).order_by("-ended_at")


def counts() -> dict[str, int]:
    """How many jobs stand in which open state, and how many are dead."""
    counted = Job.objects.filter(state__in=[*OPEN, JobState.DEAD]).values_list("state").annotate(number=Count("id"))
    return dict.fromkeys((*OPEN, JobState.DEAD.value), 0) | dict(counted)


def longest_wait() -> timedelta:
    """How long the oldest due job has been waiting; zero when nothing is late."""
    now = clock.now()
    oldest = Job.objects.filter(state=JobState.WAITING, due_at__lte=now).order_by("due_at").first()
    return now - oldest.due_at if oldest else timedelta(0)
