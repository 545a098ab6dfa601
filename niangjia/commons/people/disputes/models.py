"""Disputes about a phone or ID number, and the papers that both sides show."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.commons.people.disputes.states import DISPUTE, KIND_LABELS, OPEN_STATES, Answer, DisputeKind, Outcome
from niangjia.kernel import clock, ids
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import EncryptedTextField

NUMBER_PREFIX = "SS"
"""Numbers of disputes begin with it (申诉)."""

_SOMEBODY: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "related_name": "+"}


class DisputeQuerySet(TrackedQuerySet):
    def open(self) -> DisputeQuerySet:
        return self.filter(state__in=OPEN_STATES)


class Dispute(Tracked):
    """``asked_by`` needs a phone or ID number that may stand with somebody else.

    ``person`` is the asker's own entry, if there is one. ``holder`` is the entry and ``holder_user`` the account with
    which the number stands; both are empty when it stands nowhere, which the asker is not told. ``value``,
    ``stated_name`` and ``note`` are the asker's and sealed under ``owner_key``; ``holder_note`` and ``right_number``
    are the holder's and sealed under ``holder_key``: each key is the person's public id, or one of its own while the
    person is not known. ``proven``: the asker typed the code sent to the phone, or signs in by it; ``holder_signs_in``:
    when answering, so did the holder. ``outcome`` is what ``proposed_by`` proposes and another officer must agree to;
    ``union``, the lowest above both, decides.
    ``for_ward``: a guardian asks for ``person``, who is in their care.
    ``left_at_once``: whoever signed in by the phone said that the account is not theirs, so that it lost the phone when
    the dispute was raised (see ``recycled``).
    ``emptied_at``: what both sides said and showed was kept long enough and is gone.
    """

    MACHINE: ClassVar[Machine] = DISPUTE

    kind = models.CharField(max_length=12)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", **_SOMEBODY)
    holder = models.ForeignKey("people.Person", **_SOMEBODY)
    holder_user = models.ForeignKey(settings.AUTH_USER_MODEL, **_SOMEBODY)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    owner_key = models.CharField(max_length=24)
    holder_key = models.CharField(max_length=24, default=ids.new_public_id)
    value = EncryptedTextField(person_key="owner_key", blank=True)
    stated_name = EncryptedTextField(person_key="owner_key", blank=True)
    note = EncryptedTextField(person_key="owner_key", blank=True)
    proven = models.BooleanField(default=False)
    for_ward = models.BooleanField(default=False)
    left_at_once = models.BooleanField(default=False)
    answer = models.CharField(max_length=12, blank=True)
    answered_at = models.DateTimeField(null=True)
    holder_signs_in = models.BooleanField(default=False)
    holder_note = EncryptedTextField(person_key="holder_key", blank=True)
    right_number = EncryptedTextField(person_key="holder_key", blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, **_SOMEBODY)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, **_SOMEBODY)
    answer_reason = models.CharField(max_length=300, blank=True)
    merge = models.ForeignKey("people.Merge", **_SOMEBODY)
    emptied_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = DisputeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(DISPUTE, "dispute_state_is_known"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in DisputeKind]), name="dispute_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(answer__in=[answer.value for answer in Answer]), name="dispute_answer_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(outcome__in=[outcome.value for outcome in Outcome]),
                name="dispute_outcome_is_known",
            ),
            models.CheckConstraint(
                condition=Q(person=None) | Q(holder=None) | ~Q(person=F("holder")), name="dispute_is_between_two"
            ),
            models.CheckConstraint(
                condition=Q(holder_user=None) | ~Q(holder_user=F("asked_by")), name="dispute_is_between_two_accounts"
            ),
            models.CheckConstraint(
                condition=Q(proposed_by=None) | Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="dispute_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(for_ward=False) | Q(person__isnull=False),
                name="dispute_for_a_ward_has_a_ward",
            ),
            models.UniqueConstraint(
                fields=["asked_by", "kind"],
                condition=Q(for_ward=False, state__in=[state.value for state in OPEN_STATES]),
                name="dispute_one_open_for_each_asker_and_kind",
            ),
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=Q(for_ward=True, state__in=[state.value for state in OPEN_STATES]),
                name="dispute_one_open_for_each_ward_and_kind",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "state", "-created_at"], name="dispute_by_union"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """Such as SS2026-0000041-5."""
        return ids.readable_number(NUMBER_PREFIX, clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.owner_key

    @property
    def kind_label(self) -> Text:
        return KIND_LABELS[DisputeKind(self.kind)]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class DisputePaper(models.Model):
    """A photo that one side shows; ``by_holder`` says which."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="papers")
    file = models.ForeignKey("files.File", on_delete=models.PROTECT, related_name="+")
    by_holder = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.file_id} for {self.dispute_id}"
