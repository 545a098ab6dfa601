"""Households and kin: called by rooms inside their own transaction, after their own decision."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from niangjia.commons.people import child_consent, rules
from niangjia.commons.people.actions import lock
from niangjia.commons.people.models import HEAD, Household, HouseholdMember, Kinship, Person
from niangjia.commons.people.rules import Relation
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound
from niangjia.kernel.text import _
from niangjia.platform.audit import entries as audit


def found_household(head: Person, *, actor: Actor, day: date) -> Household:
    """Make a household with its head. Raises Conflict IN_A_HOUSEHOLD, RuleBroken DAY_IN_FUTURE."""
    head = lock(head)
    household = Household.objects.create()
    _place(household, head, HEAD, day)
    _note(actor, "founded", household, head)
    return household


def join_household(household: Household, person: Person, *, role: str, actor: Actor, day: date) -> HouseholdMember:
    """Let a person live in the household from ``day`` on; ``role`` is ``head`` or what they are to the head.

    A child under fourteen needs its guardian's consent, given before (:mod:`~niangjia.commons.people.child_consent`).
    Raises Conflict (IN_A_HOUSEHOLD, HOUSEHOLD_HAS_HEAD), RuleBroken (RELATION_UNKNOWN, DAY_IN_FUTURE,
    GUARDIAN_CONSENT_NEEDED).
    """
    person = lock(person)
    child_consent.require(person)
    if role != HEAD:
        _relation(role)
    elif household.members.filter(until=None, role=HEAD).exists():
        raise _has_head()
    place = _place(household, person, role, day)
    _note(actor, "joined", household, person)
    return place


def leave_household(person: Person, *, actor: Actor, day: date) -> None:
    """End the person's place in the household before ``day``.

    Raises NotFound HOUSEHOLD_NOT_FOUND, RuleBroken (DAY_IN_FUTURE, DAY_TOO_EARLY).
    """
    person = lock(person)
    place = HouseholdMember.objects.filter(person=person, until=None).select_related("household").first()
    if place is None:
        raise NotFound("HOUSEHOLD_NOT_FOUND", _("没有找到这个家庭。"))
    rules.require_day_of_change(day, today=clock.today(), since=place.since)
    place.until = day
    place.save(update_fields=["until"])
    _note(actor, "left", place.household, person)


def state_kinship(person: Person, relative: Person, *, relation: str, actor: Actor) -> None:
    """Record that ``relative`` is ``relation`` to ``person``, from both sides; stating it anew replaces it.

    Raises RuleBroken (RELATION_UNKNOWN, KIN_TO_ONESELF).
    """
    known = _relation(relation)
    if person.pk == relative.pk:
        raise rules.broken("KIN_TO_ONESELF", _("亲属不能是本人。"), "relative")
    for each in sorted((person, relative), key=lambda one: one.pk):
        lock(each)
    _write_kinship(person, relative, known)
    _write_kinship(relative, person, rules.inverse(known))
    _note_kinship(actor, "kinship_stated", person, relative, known.value)


def withdraw_kinship(person: Person, relative: Person, *, actor: Actor) -> None:
    """Take a kinship back from both sides. Raises NotFound KINSHIP_NOT_FOUND."""
    for each in sorted((person, relative), key=lambda one: one.pk):
        lock(each)
    both = Kinship.objects.filter(person__in=(person, relative), relative__in=(person, relative))
    if not both.delete()[0]:
        raise NotFound("KINSHIP_NOT_FOUND", _("没有登记这个亲属关系。"))
    _note_kinship(actor, "kinship_withdrawn", person, relative, "")


def _place(household: Household, person: Person, role: str, day: date) -> HouseholdMember:
    rules.require_not_in_future(day, today=clock.today())
    if HouseholdMember.objects.filter(person=person, until=None).exists():
        raise Conflict("IN_A_HOUSEHOLD", _("这个人已经登记在另一个家庭，请先办理迁出。"))
    latest = HouseholdMember.objects.filter(person=person).order_by("-until").first()
    if latest is not None and latest.until is not None and day < latest.until:
        raise rules.broken("DAY_TOO_EARLY", _("这一天还登记在以前的家庭。"), "day")
    try:
        with transaction.atomic():
            return HouseholdMember.objects.create(household=household, person=person, role=role, since=day)
    except IntegrityError as error:
        raise _has_head() from error


def _has_head() -> Conflict:
    return Conflict("HOUSEHOLD_HAS_HEAD", _("这个家庭已经有户主。"))


def _relation(value: str) -> Relation:
    if value not in set(Relation):
        raise rules.broken("RELATION_UNKNOWN", _("请选择亲属关系。"), "relation")
    return Relation(value)


def _write_kinship(person: Person, relative: Person, relation: Relation) -> None:
    Kinship.objects.update_or_create(person=person, relative=relative, defaults={"relation": relation.value})


def _note(actor: Actor, act: str, household: Household, person: Person) -> None:
    audit.record(
        actor,
        f"people.household.{act}",
        subject_type="people.household",
        subject_id=household.public_id,
        subject_key=person.public_id,
    )


def _note_kinship(actor: Actor, act: str, person: Person, relative: Person, relation: str) -> None:
    audit.record(
        actor,
        f"people.person.{act}",
        subject_type="people.person",
        subject_id=relative.public_id,
        subject_key=person.public_id,
        after=relation,
    )
