"""Persons, households, kin, memberships, and the counter of member numbers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.commons.people.categories import CATEGORY_LABELS, ID_FORM_LABELS, SEX_LABELS, WorkerCategory, is_new_form
from niangjia.commons.people.fields import BytewiseField
from niangjia.commons.people.rules import RELATION_LABELS, Relation, Span
from niangjia.commons.people.states import CURRENT, ENDINGS, MEMBERSHIP, MembershipState, Origin
from niangjia.kernel import clock
from niangjia.kernel.identifiers import IdForm, Sex, age_on
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField

ID_NUMBER, PHONE, NAME_AND_TAIL = "people.id_number", "people.phone", "people.name_and_tail"
"""Purposes of the blind indexes."""

_TAKEN_BY_ONE = Q(canonical=None, erased_at=None)


class PersonQuerySet(models.QuerySet["Person"]):
    def canonical(self) -> PersonQuerySet:
        """Those that were not merged into another."""
        return self.filter(canonical=None)


class Person(models.Model):
    """One human being, a worker or a relative of one.

    ``canonical`` names the person that remained when this entry turned out to be the same human being; it is never a
    chain. ``name_key`` and ``name_initials`` are forms of the name for searching. ``name_tail_index`` finds the last
    four of the ID number only together with the name. ``birth_date`` and ``sex`` are readable columns for rules and
    counts; because the date completes a masked ID number, pages show the age. ``erased_at``: the key was destroyed and
    nothing is left but what books need.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="person")
    name = models.CharField(max_length=50, blank=True)
    name_key = BytewiseField(max_length=150, blank=True, editable=False)
    name_initials = BytewiseField(max_length=50, blank=True, editable=False)
    name_tail_index = BlindIndexField(purpose=NAME_AND_TAIL, blank=True)
    sex = models.CharField(max_length=6, blank=True)
    birth_date = models.DateField(null=True)
    id_kind = models.CharField(max_length=24, blank=True)
    id_number = EncryptedTextField(person_key="public_id", blank=True)
    id_index = BlindIndexField(purpose=ID_NUMBER, blank=True)
    phone = EncryptedTextField(person_key="public_id", blank=True)
    phone_index = BlindIndexField(purpose=PHONE, blank=True)
    category = models.CharField(max_length=24, default=WorkerCategory.OTHER.value)
    canonical = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged", db_index=False)
    erased_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["id_index"], condition=_TAKEN_BY_ONE & ~Q(id_index=""), name="person_one_for_each_id_number"
            ),
            models.UniqueConstraint(
                fields=["phone_index"], condition=_TAKEN_BY_ONE & ~Q(phone_index=""), name="person_one_for_each_phone"
            ),
            models.CheckConstraint(
                condition=Q(canonical=None) | ~Q(canonical=F("id")), name="person_is_not_merged_into_itself"
            ),
            models.CheckConstraint(condition=Q(canonical=None) | Q(user=None), name="person_merged_has_no_user"),
            models.CheckConstraint(
                condition=Q(category__in=[c.value for c in WorkerCategory]), name="person_category_is_known"
            ),
            models.CheckConstraint(condition=Q(sex__in=[s.value for s in Sex]), name="person_sex_is_known"),
            models.CheckConstraint(
                condition=Q(id_kind="") | Q(id_kind__in=[form.value for form in IdForm]), name="person_id_kind_is_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name_key", "id"], name="person_by_name"),
            models.Index(fields=["name_initials", "id"], name="person_by_initials"),
            models.Index(fields=["birth_date", "name_key"], name="person_by_birth_and_name"),
            models.Index(fields=["name_tail_index"], name="person_by_name_and_tail"),
            models.Index(fields=["id_index"], name="person_by_id_number"),
            models.Index(fields=["phone_index"], name="person_by_phone"),
            models.Index(fields=["canonical"], condition=Q(canonical__isnull=False), name="person_merge_map"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_new_form(self) -> bool:
        return is_new_form(self.category)

    @property
    def category_label(self) -> Text:
        return CATEGORY_LABELS[WorkerCategory(self.category)]

    @property
    def sex_label(self) -> Text:
        return SEX_LABELS[Sex(self.sex)]

    @property
    def id_kind_label(self) -> Text | None:
        return ID_FORM_LABELS[IdForm(self.id_kind)] if self.id_kind else None

    @property
    def age(self) -> int | None:
        """Completed years today; None when the birth date is unknown."""
        return None if self.birth_date is None else age_on(self.birth_date, clock.today())


class MembershipQuerySet(TrackedQuerySet):
    def current(self) -> MembershipQuerySet:
        """Those that have not ended: at most one for each person."""
        return self.filter(state__in=[state.value for state in CURRENT])

    def ended(self) -> MembershipQuerySet:
        return self.filter(state=MembershipState.ENDED.value)


class Membership(Tracked):
    """Somebody's membership from ``since`` until before ``until``, at ``union`` now (earlier unions are its stays).

    ``counted_as`` are the facts under which the ledger's stock counts this member, so that exactly they are taken out
    again. ``ended_by`` is the event that ended it.
    """

    MACHINE: ClassVar[Machine] = MEMBERSHIP

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships", db_index=False)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="memberships", db_index=False)
    number = models.CharField(max_length=20, unique=True)
    since = models.DateField()
    until = models.DateField(null=True)
    origin = models.CharField(max_length=12)
    ended_by = models.CharField(max_length=16, blank=True)
    counted_as = models.JSONField(default=dict)

    objects: ClassVar[Any] = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(MEMBERSHIP, "membership_state_is_known"),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=[state.value for state in CURRENT]),
                name="membership_one_current_for_each_person",
            ),
            models.CheckConstraint(
                condition=~Q(state=MembershipState.ENDED.value) | (Q(until__isnull=False) & ~Q(ended_by="")),
                name="membership_ended_on_a_day_by_a_cause",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="membership_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=[origin.value for origin in Origin]), name="membership_origin_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_by="") | Q(ended_by__in=[event.value for event in ENDINGS]),
                name="membership_ending_is_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "state", "person"], name="membership_by_union"),
            models.Index(fields=["person", "since"], name="membership_by_person"),
            models.Index(fields=["-since", "-id"], name="membership_newest_first"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id

    @property
    def is_current(self) -> bool:
        return self.state in CURRENT

    @property
    def state_label(self) -> Text:
        return MEMBERSHIP.state(self.state).label

    @property
    def span(self) -> Span:
        return Span(self.since, self.until)


class MembershipStay(models.Model):
    """At which union a membership was from ``since`` until before ``until``; the open one names its present union."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="stays", db_index=False)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["membership"], condition=Q(until=None), name="stay_one_open_for_each_membership"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="stay_ends_after_it_begins"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["membership", "since"], name="stay_by_membership"),
            models.Index(fields=["union", "since"], name="stay_by_union"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} at {self.union_id} {self.since}–{self.until or ''}"

    @property
    def span(self) -> Span:
        return Span(self.since, self.until)


class NumberSerial(models.Model):
    """The last member number given in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Household(models.Model):
    """People who live together and keep house together."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.public_id


HEAD = "head"


class HouseholdMember(models.Model):
    """A person in a household from ``since`` until before ``until``; ``role`` is ``head`` or what they are to it."""

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="members", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="household_places", db_index=False)
    role = models.CharField(max_length=12)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(until=None), name="household_one_current_for_each_person"
            ),
            models.UniqueConstraint(
                fields=["household"], condition=Q(until=None, role=HEAD), name="household_one_head"
            ),
            models.CheckConstraint(
                condition=Q(role__in=[HEAD, *(relation.value for relation in Relation)]),
                name="household_role_is_known",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="household_ends_after_it_begins"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["household", "since"], name="household_by_household"),
            models.Index(fields=["person", "since"], name="household_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} in {self.household_id}"


class Kinship(models.Model):
    """``relative`` is ``relation`` to ``person``. Each kinship is two rows, one from each side."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="kin", db_index=False)
    relative = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField(max_length=12)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "relative"], name="kinship_once_for_each_pair"),
            models.CheckConstraint(condition=~Q(person=F("relative")), name="kinship_is_between_two"),
            models.CheckConstraint(
                condition=Q(relation__in=[relation.value for relation in Relation]), name="kinship_relation_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.relative_id} {self.relation} of {self.person_id}"

    @property
    def relation_label(self) -> Text:
        return RELATION_LABELS[Relation(self.relation)]


from niangjia.commons.people.cards.models import Card as Card  # noqa: E402 - so that Django finds it
from niangjia.commons.people.honours.models import Honour as Honour  # noqa: E402 - so that Django finds it
from niangjia.commons.people.merge_models import Likeness as Likeness  # noqa: E402 - so that Django finds it
from niangjia.commons.people.merging.models import Merge as Merge  # noqa: E402 - so that Django finds it
from niangjia.commons.people.own_data.found import *  # noqa: E402, F403 - so that Django finds them
from niangjia.commons.people.wrong_deaths.models import WrongDeath as WrongDeath  # noqa: E402 - so that Django finds it
