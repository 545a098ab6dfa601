"""The child to whom an event happened: one of those who are linked to the insured person by kinship or household."""

from __future__ import annotations

from django.db.models import Q

from niangjia.commons.people.models import HEAD, HouseholdMember, Kinship, Person, PersonQuerySet
from niangjia.commons.people.rules import Relation
from niangjia.kernel import clock
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.identifiers import age_on
from niangjia.kernel.text import _
from niangjia.platform.personal_data import masks
from niangjia.services.protection.claim_models import Claim


def children_of(person_id: int) -> PersonQuerySet:
    """Children by kinship, and those of the household of which the person is the head or the head's spouse."""
    kin = Kinship.objects.filter(person=person_id, relation=Relation.CHILD.value).values("relative")
    own = HouseholdMember.objects.filter(person=person_id, until=None, role__in=[HEAD, Relation.SPOUSE.value])
    home = HouseholdMember.objects.filter(household__in=own.values("household"), until=None, role=Relation.CHILD.value)
    near = Q(pk__in=kin) | Q(pk__in=home.values("person"))
    rows: PersonQuerySet = Person.objects.canonical().filter(near, erased_at=None).exclude(pk=person_id)
    return rows.order_by("birth_date", "pk")


def choices(claim: Claim) -> list[tuple[str, str]]:
    """The children that a claim may name: key, and masked name with age, by which a family tells them apart."""
    return [(child.public_id, _called(child)) for child in children_of(claim.person_id)]


def _called(child: Person) -> str:
    name = masks.mask_name(child.name)
    if child.birth_date is None:
        return name
    return str(_("{name}，{age} 周岁", name=name, age=age_on(child.birth_date, clock.today())))


def find(claim: Claim, key: str) -> Person | None:
    """The child with this key; none for an empty one. Raises RuleBroken CHILD_UNKNOWN, the same for a stranger's child
    and for nobody's."""
    if not key:
        return None
    found: Person | None = children_of(claim.person_id).filter(public_id=key).first()
    if found is None:
        text = _("请从已登记的子女中选择；还没有登记的，请先到工会窗口登记家庭成员。")
        raise RuleBroken("CHILD_UNKNOWN", text, fields={"child": [text]})
    return found
