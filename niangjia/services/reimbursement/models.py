"""Feeds of settlements with their rows, cases, rounds of agreement, and settlements that matched nobody."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.commons.rosters.models import Serial, StagedRoster, StagedRow, one_for_each_file
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField
from niangjia.services.reimbursement.states import (
    CASE,
    CAUSE_LABELS,
    COUNTING,
    FEED,
    LOST,
    PROGRAMME_LABELS,
    ROUND,
    Cause,
    Outcome,
    Programme,
)

_PLAIN: dict[str, Any] = {"on_delete": models.DO_NOTHING, "db_constraint": False, "db_index": False}


def _programme_known(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(programme__in=[one.value for one in Programme]), name=name)


class Feed(StagedRoster):
    """One file of the insurer's settlements for the members of ``union`` and below. ``cases`` came of it."""

    MACHINE: ClassVar[Machine] = FEED

    programme = models.CharField(max_length=8)
    cases = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            state_is_known(FEED, "reimbursement_feed_state_known"),
            _programme_known("reimbursement_feed_programme_known"),
            one_for_each_file("reimbursement_feed_one_for_each_file", "union", "programme"),
        ]
        indexes: ClassVar = [models.Index(fields=["union", "state", "-created_at"], name="reimbursement_feed_by_union")]

    @property
    def programme_label(self) -> Text:
        return PROGRAMME_LABELS[Programme(self.programme)]


class FeedRow(StagedRow):
    """A settlement between the upload and the end. ``fen`` is what the dry run gives back, ``document`` how it came
    about; ``content`` holds what was written of a row that matched nobody or cannot be read, sealed."""

    public_id = models.CharField(max_length=24)
    roster = models.ForeignKey(Feed, **_PLAIN)
    transaction = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=12, blank=True)
    from_day = models.DateField(null=True)
    to_day = models.DateField(null=True)
    self_paid_fen = models.BigIntegerField(default=0)
    fen = models.BigIntegerField(default=0)
    person = models.ForeignKey("people.Person", null=True, related_name="+", **_PLAIN)
    owner_key = models.CharField(max_length=24, blank=True)
    union = models.ForeignKey("unions.Union", null=True, related_name="+", **_PLAIN)
    document = models.JSONField(default=dict)
    content = EncryptedTextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["roster", "number"], name="reimbursement_row_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=[one.value for one in Outcome]), name="reimbursement_row_outcome_known"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["roster", "outcome", "number"], name="reimbursement_rows_by_outcome")]


class FeedSerial(Serial):
    """The last number of a feed given in a year."""


class Round(Tracked):
    """Cases that are agreed to together. ``seed`` draws the sample; ``feed`` is empty for cases matched by hand."""

    MACHINE: ClassVar[Machine] = ROUND

    programme = models.CharField(max_length=8)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, null=True, related_name="rounds")
    seed = models.CharField(max_length=32)
    computed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(ROUND, "reimbursement_round_state_known"),
            _programme_known("reimbursement_round_programme_known"),
            models.UniqueConstraint(
                fields=["union", "programme"],
                condition=Q(feed=None, state="reviewing"),
                name="reimbursement_round_one_by_hand",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def programme_label(self) -> Text:
        return PROGRAMME_LABELS[Programme(self.programme)]


class CaseQuerySet(TrackedQuerySet):
    def counting(self) -> CaseQuerySet:
        """Those that have used what they take of a year's limits."""
        return self.filter(state__in=[state.value for state in COUNTING])


class Case(Tracked):
    """One settlement of one member: what they paid themselves, what is given back, and how that came about.

    ``transaction`` is the insurer's number, unique in a programme. ``year`` is the one whose deductible and ceiling
    count. ``sampled`` says why it is looked at twice, ``judged_by`` who did. ``brought_by`` matched it by hand or took
    it up again: somebody else judges it.
    """

    MACHINE: ClassVar[Machine] = CASE

    programme = models.CharField(max_length=8)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="cases", db_index=False)
    transaction = models.CharField(max_length=40)
    kind = models.CharField(max_length=12)
    from_day = models.DateField()
    to_day = models.DateField()
    year = models.PositiveSmallIntegerField()
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    owner_key = models.CharField(max_length=24)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    self_paid_fen = models.BigIntegerField()
    fen = models.BigIntegerField()
    document = models.JSONField(default=dict)
    sampled = models.CharField(max_length=8, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects: ClassVar[Any] = CaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(CASE, "reimbursement_case_state_known"),
            _programme_known("reimbursement_case_programme_known"),
            models.UniqueConstraint(
                fields=["programme", "transaction"],
                condition=~Q(state="dropped"),
                name="reimbursement_case_transaction_once",
            ),
            models.CheckConstraint(condition=Q(self_paid_fen__gt=0), name="reimbursement_case_self_paid_above_zero"),
            models.CheckConstraint(condition=Q(fen__gte=0), name="reimbursement_case_never_below_zero"),
            models.CheckConstraint(condition=~Q(state="paid") | Q(fen__gt=0), name="reimbursement_case_paid_is_money"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "programme", "year"], name="reimbursement_case_of_year"),
            models.Index(fields=["round", "state", "id"], name="reimbursement_case_by_round"),
            models.Index(fields=["round", "id"], condition=~Q(sampled=""), name="reimbursement_case_sampled"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.owner_key

    @property
    def state_label(self) -> Text:
        return CASE.state(self.state).label

    @property
    def programme_label(self) -> Text:
        return PROGRAMME_LABELS[Programme(self.programme)]


class Turn(models.Model):
    """One row for each programme: whoever adds up years of people holds it, so that nobody else does meanwhile."""

    programme = models.CharField(max_length=8, primary_key=True)

    def __str__(self) -> str:
        return self.programme


class Lost(Tracked):
    """A settlement that matched nobody: what the insurer wrote, sealed, and why it did not match."""

    MACHINE: ClassVar[Machine] = LOST

    programme = models.CharField(max_length=8)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="lost", db_index=False)
    transaction = models.CharField(max_length=40)
    kind = models.CharField(max_length=12)
    from_day = models.DateField()
    to_day = models.DateField()
    self_paid_fen = models.BigIntegerField()
    cause = models.CharField(max_length=20)
    id_index = BlindIndexField(purpose="people.id_number", blank=True)
    content = EncryptedTextField(blank=True)

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(LOST, "reimbursement_lost_state_known"),
            models.UniqueConstraint(
                fields=["programme", "transaction"],
                condition=Q(state="waiting"),
                name="reimbursement_lost_transaction_once",
            ),
            models.CheckConstraint(
                condition=Q(cause__in=[cause.value for cause in Cause]), name="reimbursement_lost_cause_known"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["union", "state", "-id"], name="reimbursement_lost_by_union")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def cause_label(self) -> Text:
        return CAUSE_LABELS[Cause(self.cause)]
