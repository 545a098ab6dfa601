"""Unions, where they stand in the tree and when, employers, and who holds which office."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.commons.unions.fields import PathField
from niangjia.commons.unions.kinds import EMPLOYER_KIND_LABELS, KIND_LABELS, TERRITORIAL, Axis, EmployerKind, UnionKind
from niangjia.commons.unions.roles import APPOINTABLE, ROLE_LABELS, Role
from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.text import Text


def _codes(enum: type[UnionKind] | type[Axis] | type[EmployerKind]) -> list[str]:
    return [member.value for member in enum]


class UnionQuerySet(models.QuerySet["Union"]):
    def open_on(self, day: date) -> UnionQuerySet:
        """Unions that exist on ``day`` and are not closed."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=day), founded_on__lte=day)

    def accepting(self, day: date) -> UnionQuerySet:
        """Open unions that take in members themselves."""
        return self.open_on(day).filter(accepts_members=True)


class Union(models.Model):
    """A trade union of any level. It is closed, never deleted; a closed one keeps its place in the tree, because a
    figure of its last year still counts what it did.

    ``area_code`` is GB/T 2260 (six digits) or its extension to streets and towns (nine digits): for a territorial
    union what it answers for, for any other where it is. ``revision`` grows with each change.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    area_code = models.CharField(max_length=9, blank=True)
    founded_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    accepts_members = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = UnionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=_codes(UnionKind)), name="union_kind_is_known"),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("founded_on")), name="union_closed_after_founding"
            ),
            models.UniqueConstraint(
                fields=["area_code"],
                condition=Q(kind__in=sorted(kind.value for kind in TERRITORIAL), closed_on=None) & ~Q(area_code=""),
                name="union_one_for_each_area",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["area_code", "kind"], name="union_by_area")]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_label(self) -> Text:
        return KIND_LABELS[UnionKind(self.kind)]

    @property
    def is_territorial(self) -> bool:
        return self.kind in TERRITORIAL

    def is_open_on(self, day: date) -> bool:
        """Whether it exists on ``day`` and is not closed; the closing day itself is already closed."""
        return self.founded_on <= day and (self.closed_on is None or day < self.closed_on)


class SpanQuerySet(models.QuerySet["UnionSpan"]):
    def on(self, day: date, axis: str = Axis.AFFILIATION) -> SpanQuerySet:
        """The tree of ``axis`` as it stands on ``day``: one span for each union founded by then."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), axis=axis, valid_from__lte=day)

    def below(self, path: str) -> SpanQuerySet:
        """The subtree of ``path``, its own union included."""
        return self.filter(path__gte=path, path__lt=path[:-1] + "/")


class UnionSpan(models.Model):
    """Where a union stands on one axis from ``valid_from`` until before ``valid_to``.

    ``parent`` is None for the root alone. ``path`` is the parent's path of the same time with the own id.
    """

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="spans", db_index=False)
    axis = models.CharField(max_length=12)
    parent = models.ForeignKey(Union, on_delete=models.PROTECT, null=True, related_name="child_spans")
    path = PathField()
    depth = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = SpanQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["union", "axis", "valid_from"], name="span_one_from_each_day"),
            models.UniqueConstraint(
                fields=["union", "axis"], condition=Q(valid_to=None), name="span_one_open_for_each_union"
            ),
            models.UniqueConstraint(
                fields=["axis"], condition=Q(parent=None, valid_to=None), name="span_one_root_for_each_axis"
            ),
            models.CheckConstraint(condition=Q(axis__in=_codes(Axis)), name="span_axis_is_known"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="span_lasts_a_day_at_least"
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("union")), name="span_union_is_not_its_own_parent"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["axis", "path", "valid_from"], name="span_by_path")]

    def __str__(self) -> str:
        return f"{self.axis} {self.path} {self.valid_from}–{self.valid_to or ''}"


class TreeChange(models.Model):
    """A dated event in the tree: founded, moved, move_cancelled, renamed, closed. ``effective_on`` before the day of
    ``recorded_at`` means that figures of the days between were restated. ``reason`` is about a union, not a person: it
    stays readable."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=16)
    axis = models.CharField(max_length=12, blank=True)
    from_parent = models.ForeignKey(Union, on_delete=models.PROTECT, null=True, related_name="+")
    to_parent = models.ForeignKey(Union, on_delete=models.PROTECT, null=True, related_name="+")
    effective_on = models.DateField()
    recorded_at = models.DateTimeField(default=clock.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["effective_on", "recorded_at"], name="tree_change_by_day")]

    def __str__(self) -> str:
        return f"{self.effective_on} {self.kind} {self.union_id}"

    @property
    def is_backdated(self) -> bool:
        return self.effective_on < clock.day_of(self.recorded_at)


class Employer(models.Model):
    """Whoever employs: a firm, an institution, an office. ``union`` is the union of its workers, if it has one;
    ``area_code`` where it is (street or town, nine digits, else district, six)."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    uscc = models.CharField(max_length=18, unique=True, null=True, blank=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    headcount = models.PositiveIntegerField(null=True, blank=True)
    union = models.ForeignKey(Union, on_delete=models.PROTECT, null=True, blank=True, related_name="employers")
    area_code = models.CharField(max_length=9, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=_codes(EmployerKind)), name="employer_kind_is_known"),
            models.CheckConstraint(condition=~Q(uscc=""), name="employer_uscc_is_null_when_unknown"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["area_code"], name="employer_by_area"),
            models.Index(fields=["name"], name="employer_by_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_label(self) -> Text:
        return EMPLOYER_KIND_LABELS[EmployerKind(self.kind)]


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def in_force(self, day: date) -> AppointmentQuerySet:
        """Appointments in force on ``day``."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)

    def overlapping(self, first: date, end: date | None) -> AppointmentQuerySet:
        """Appointments in force on some day from ``first`` until before ``end`` (None: for good)."""
        until = Q() if end is None else Q(valid_from__lt=end)
        lasts = Q(valid_to=None) | (Q(valid_to__gt=first) & Q(valid_to__gt=F("valid_from")))
        return self.filter(until, lasts)


class Appointment(models.Model):
    """A user holds a role at a union, reaching it and all below, from ``valid_from`` until before ``valid_to``.

    ``deputy_for`` is the user who is stood in for; a deputy's appointment is worth nothing once that user's own ends.
    That excluded roles never meet in one user is also held by a trigger of the database.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appointments")
    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="appointments", db_index=False)
    role = models.CharField(max_length=20)
    deputy_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="deputies"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=sorted(role.value for role in APPOINTABLE)), name="appointment_role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="appointment_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(deputy_for=None) | ~Q(deputy_for=F("user")), name="appointment_nobody_deputises_oneself"
            ),
            models.CheckConstraint(
                condition=Q(deputy_for=None) | Q(valid_to__isnull=False), name="appointment_of_a_deputy_has_an_end"
            ),
            models.UniqueConstraint(
                fields=["user", "union", "role"],
                condition=Q(valid_to=None),
                name="appointment_open_only_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["union", "role", "valid_from"], name="appointment_by_union")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}@{self.union_id}"

    @property
    def role_label(self) -> Text:
        return ROLE_LABELS[Role(self.role)]

    @property
    def last_day(self) -> date | None:
        """The last day on which the office is held; None while it has no end."""
        return self.valid_to - timedelta(days=1) if self.valid_to else None
