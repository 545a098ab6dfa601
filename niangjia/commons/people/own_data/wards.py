"""Those whose data a guardian sees and manages: children of the household, wards by an approved guardianship."""

from __future__ import annotations

from collections.abc import Sequence

from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.models import HouseholdMember, Kinship, Person
from niangjia.commons.people.rules import Relation, needs_guardian
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor


def wards_of(actor: Actor) -> Sequence[Person]:
    """The children under fourteen of the member, who live in the member's household as it is entered, and the wards of
    whom the member is the guardian today."""
    if not actor.is_member or actor.person_id is None:
        return []
    found = {child.pk: child for child in (*_of_the_household(actor), *_by_guardianship(actor))}
    return [found[pk] for pk in sorted(found)]


def _by_guardianship(actor: Actor) -> Sequence[Person]:
    wards = Guardianship.objects.in_force().filter(guardian=actor.person_id).values("ward")
    return list(Person.objects.canonical().filter(erased_at=None, pk__in=wards))


def _of_the_household(actor: Actor) -> Sequence[Person]:
    own = HouseholdMember.objects.filter(person=actor.person_id, until=None).values("household")
    together = HouseholdMember.objects.filter(household__in=own, until=None).values("person")
    children = Kinship.objects.filter(person=actor.person_id, relation=Relation.CHILD.value).values("relative")
    rows = Person.objects.canonical().filter(erased_at=None, pk__in=together).filter(pk__in=children).order_by("pk")
    return [child for child in rows if needs_guardian(child.birth_date, clock.today())]


def is_own_or_ward(actor: Actor, person_id: int) -> bool:
    """Whether the person is the member, or a child whose guardian the member is."""
    if actor.person_id is None:
        return False
    return actor.person_id == person_id or any(child.pk == person_id for child in wards_of(actor))
