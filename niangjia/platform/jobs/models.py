"""Jobs, the due moments of work by the clock, and the workers that are alive."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.text import Text
from niangjia.platform.jobs.states import JobState


class Job(models.Model):
    """One piece of work. ``payload``, ``result`` and ``message`` hold ids and numbers, nothing personal.

    While it runs it belongs to ``worker`` until ``lease_until``; ``worker`` and ``attempts`` together are the fence:
    only the run that they name may write. ``once_key`` makes asking twice the same as asking once.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(max_length=80)
    lane = models.CharField(max_length=8)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, default=JobState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    cursor = models.JSONField(null=True)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(default=0)
    message = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)
    once_key = models.CharField(max_length=120, unique=True, null=True)  # noqa: DJ001 - most jobs have none
    trace = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=[state.value for state in JobState]), name="job_state_known"),
            models.CheckConstraint(
                condition=~Q(state=JobState.RUNNING.value) | Q(lease_until__isnull=False), name="job_running_has_lease"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["lane", "due_at", "id"], name="job_waiting", condition=Q(state=JobState.WAITING.value)
            ),
            models.Index(fields=["lease_until"], name="job_running", condition=Q(state=JobState.RUNNING.value)),
            models.Index(fields=["kind", "state"], name="job_by_kind"),
            models.Index(fields=["state", "ended_at"], name="job_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def label(self) -> Text:
        """The state in the reader's language."""
        return JobState(self.state).label

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    @property
    def message_text(self) -> Text | None:
        """What the work last said about itself, in the reader's language."""
        return Text(self.message["message"], self.message.get("values", {})) if self.message else None

    @property
    def share(self) -> int:
        """Progress in per cent, 0 while nothing is known."""
        return min(100, self.progress_done * 100 // self.progress_total) if self.progress_total > 0 else 0


class Tick(models.Model):
    """A due moment of work by the clock that one of the workers has taken note of."""

    name = models.CharField(max_length=80)
    due_at = models.DateTimeField()
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "due_at"], name="tick_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.due_at:%F %T}"


class Worker(models.Model):
    """A worker process that is at work, by its own word. It says nothing while one of its jobs is stuck."""

    name = models.CharField(max_length=120, unique=True)
    started_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["seen_at"], name="worker_seen")]

    def __str__(self) -> str:
        return self.name
