"""Desk items, the history of their due moments, and the working calendar."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id


class DeskItemQuerySet(models.QuerySet["DeskItem"]):
    def open(self) -> DeskItemQuerySet:
        return self.filter(closed_at=None)

    def overdue(self) -> DeskItemQuerySet:
        return self.open().filter(due_at__lt=clock.now())

    def in_desk_order(self) -> DeskItemQuerySet:
        """The most pressing first; what has no deadline comes last."""
        return self.order_by(F("due_at").asc(nulls_last=True), "id")


class DeskItem(models.Model):
    """Somebody must act: a role at a union, or the person concerned (role ``self``, no union).

    It names its object but holds no text about it; rooms give the lines. ``days_left`` is set while a clock is
    paused: the working days that were left when it stopped. ``outcome`` is the event that closed it.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    machine = models.CharField(max_length=60)
    state = models.CharField(max_length=32)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=32)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField(default=clock.now)
    due_code = models.CharField(max_length=60, blank=True)
    due_at = models.DateTimeField(null=True)
    days_left = models.PositiveSmallIntegerField(null=True)
    reminded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    outcome = models.CharField(max_length=32, blank=True)

    objects = DeskItemQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "machine"],
                condition=Q(closed_at=None),
                name="desk_one_open_item_per_object",
            ),
            models.CheckConstraint(
                condition=Q(role="self") | Q(union__isnull=False), name="desk_item_has_a_union_or_waits_on_the_person"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["union", "role", "due_at", "id"], condition=Q(closed_at=None), name="desk_open_by_union"
            ),
            models.Index(fields=["holder", "due_at"], condition=Q(closed_at=None), name="desk_open_by_holder"),
            models.Index(fields=["closed_by", "-closed_at"], name="desk_done_by"),
            models.Index(fields=["subject_type", "subject_id"], name="desk_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id} → {self.role}@{self.union_id}"

    @property
    def is_overdue(self) -> bool:
        return self.due_at is not None and self.closed_at is None and self.due_at < clock.now()


class DueChange(models.Model):
    """One entry of the history of a due moment: opened, carried, paused, resumed, extended."""

    item = models.ForeignKey(DeskItem, on_delete=models.PROTECT, related_name="due_changes")
    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=12)
    before = models.DateTimeField(null=True)
    after = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["item", "id"], name="desk_due_history")]

    def __str__(self) -> str:
        return f"{self.kind} {self.after}"


class CalendarDay(models.Model):
    """Whether a day is worked, where the State Council's notice or a local decision says so."""

    day = models.DateField(primary_key=True)
    is_working = models.BooleanField()
    name = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return f"{self.day} {'班' if self.is_working else '休'} {self.name}"
