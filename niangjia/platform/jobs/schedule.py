"""Turning the clock into jobs: each due moment once, over any number of workers."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from niangjia.kernel import clock
from niangjia.platform.jobs import queue, registry
from niangjia.platform.jobs.models import Job, Tick
from niangjia.platform.jobs.registry import Task
from niangjia.platform.jobs.states import OPEN


def enqueue_due() -> int:
    """Enqueue the work whose moment has come since the last look; how many jobs.

    Work that has never been seen begins with its next moment: a new installation does not start with all its nights.
    """
    now = clock.now()
    known = dict(Tick.objects.filter(due_at__lte=now).values_list("name").annotate(Max("due_at")))
    made = 0
    for task in registry.periodic():
        due, last = task.latest_due(now), known.get(task.kind)
        if last is None:
            _note(task, due)
        elif due > last:
            made += _enqueue(task, due)
    return made


def _enqueue(task: Task, due: datetime) -> bool:
    with transaction.atomic(durable=True):
        tick = _note(task, due)
        if tick is None or Job.objects.filter(kind=task.kind, state__in=OPEN).exists():
            return False
        job = queue.enqueue(task.kind, {"due_at": due.isoformat()}, once_key=f"{task.kind}@{due.isoformat()}")
        Tick.objects.filter(pk=tick.pk).update(job=job)
    return True


def _note(task: Task, due: datetime) -> Tick | None:
    """The tick of this moment, or None when another worker was first."""
    try:
        with transaction.atomic():
            return Tick.objects.create(name=task.kind, due_at=due)
    except IntegrityError:
        return None
