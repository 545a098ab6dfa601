"""Two entries that may be one human being. Found by Django through the models of people."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField


class Verdict(StrEnum):
    """What somebody found out about two who look alike."""

    OPEN = ""
    SAME = "same"
    DIFFERENT = "different"
    ASK = "ask"


VERDICT_LABELS: dict[Verdict, Text] = {
    Verdict.OPEN: _("待判断"),
    Verdict.SAME: _("同一个人"),
    Verdict.DIFFERENT: _("不是同一个人"),
    Verdict.ASK: _("待向本人核实"),
}

FACT_LABELS: dict[str, Text] = {
    "id_number": _("证件号码相同，姓名不同"),
    "phone": _("手机号相同"),
    "name": _("姓名相同"),
    "birth_date": _("出生日期相同"),
    "sex": _("性别相同"),
}


class LikenessQuerySet(models.QuerySet["Likeness"]):
    def undecided(self) -> LikenessQuerySet:
        """Those that still wait for an answer."""
        return self.filter(verdict__in=[Verdict.OPEN, Verdict.ASK])


class Likeness(models.Model):
    """``person`` resembles ``other``, or somebody not registered yet whose ID number has ``other_index``, in ``facts``.

    Kept for ever with its verdict: the same two in the same facts are never asked about again. ``union`` is where it
    came up, ``source`` the number of the case that brought it. ``reason`` is what somebody typed and goes with
    ``person``.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="likenesses", db_index=False)
    other = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    other_index = BlindIndexField(purpose="people.id_number", blank=True)
    facts = models.JSONField(default=list)
    facts_key = models.CharField(max_length=60)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=24, blank=True)
    verdict = models.CharField(max_length=10, blank=True)
    reason = EncryptedTextField(person_key="person.public_id", max_length_plain=300, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = LikenessQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "other_index", "facts_key"],
                condition=Q(other=None),
                name="likeness_once_to_a_stranger",
            ),
            models.UniqueConstraint(
                fields=["person", "other", "facts_key"],
                condition=Q(other__isnull=False),
                name="likeness_once_for_each_pair",
            ),
            models.CheckConstraint(condition=~Q(person=F("other")), name="likeness_is_between_two"),
            models.CheckConstraint(
                condition=Q(verdict__in=[verdict.value for verdict in Verdict]), name="likeness_verdict_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict="") | Q(GreaterThan(Length("reason"), 0)), name="likeness_verdict_has_a_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "verdict", "-created_at"], name="likeness_by_union"),
            models.Index(fields=["other_index"], name="likeness_by_stranger"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} ~ {self.other_id or 'stranger'} {self.facts_key}"

    @property
    def verdict_label(self) -> Text:
        return VERDICT_LABELS[Verdict(self.verdict)]

    @property
    def fact_labels(self) -> list[Text]:
        return [FACT_LABELS[fact] for fact in self.facts]
