"""What people hear from below: a union closes, a person is erased."""

from __future__ import annotations

from typing import Any

from niangjia.commons.people.corrections import actions as corrections
from niangjia.commons.people.honours.models import Honour
from niangjia.commons.people.models import Household, HouseholdMember, Kinship, Membership, Person
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.policy import allow
from niangjia.kernel.text import _


def refuse_closing(*, union: Union, **_arguments: Any) -> None:
    """A union with members is not closed. Raises Conflict UNION_HAS_MEMBERS with their number."""
    count = Membership.objects.current().filter(union=union).count()
    if count:
        raise Conflict(
            "UNION_HAS_MEMBERS", _("“{union}”还有 {count} 名会员，请先接转或保留会籍。", union=union.name, count=count)
        )


def empty_person(*, subject_key: str, actor: Actor, **_arguments: Any) -> None:
    """Empty the readable columns of an erased person. Raises Conflict STILL_A_MEMBER while a membership lasts.

    Sex, category and the year's first day of birth stay for the figures that were counted by them; public id,
    memberships and ledger rows stay as pseudonyms. Honours go: few enough hold one that it would name them.
    """
    people = Person.objects.filter(public_id=subject_key, erased_at=None)
    person = people.select_for_update(of=("self",), no_key=True).first()
    if person is None:
        return
    if Membership.objects.current().filter(person=person).exists():
        raise Conflict("STILL_A_MEMBER", _("会籍还没有终止，不能清除个人信息。请先办理退会。"))
    corrections.withdraw_all(person.pk, actor=actor, decision=allow("erasure"))
    birth = person.birth_date.replace(month=1, day=1) if person.birth_date else None
    people.update(
        name="", name_key="", name_initials="", name_tail_index="", id_index="", phone_index="", id_kind="",
        birth_date=birth, user=None, erased_at=clock.now(),
    )  # fmt: skip
    _leave_family(person)
    Honour.objects.filter(person=person).delete()


def _leave_family(person: Person) -> None:
    Kinship.objects.filter(person=person).delete()
    Kinship.objects.filter(relative=person).delete()
    homes = list(HouseholdMember.objects.filter(person=person).values_list("household", flat=True))
    HouseholdMember.objects.filter(person=person).delete()
    Household.objects.filter(pk__in=homes, members=None).delete()
