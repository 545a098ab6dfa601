"""What somebody has had that may be had once, for them to see and to take along."""

from __future__ import annotations

from collections.abc import Iterable

from niangjia.commons.entitlement.models import Use
from niangjia.commons.people.models import HouseholdMember, Person
from niangjia.kernel.text import _
from niangjia.platform.personal_data.portability import Held, Holding, Subject


def collect(subject: Subject) -> Iterable[Holding]:
    """By the person and by the households they live in now."""
    people = list(Person.objects.filter(public_id__in=subject.keys).values_list("pk", flat=True))
    homes = HouseholdMember.objects.filter(person__in=people, until=None).values_list("household", flat=True)
    keys = [*(f"person:{one}" for one in people), *(f"household:{one}" for one in homes)]
    rows = Use.objects.filter(once_key__in=keys).order_by("at", "pk")
    return [Holding("use", _("限一次的福利"), [_values(row) for row in rows])]


def _values(row: Use) -> list[Held]:
    return [
        Held("entitlement.Use.rule_key", _("项目"), row.rule_key),
        Held("entitlement.Use.period", _("年度"), row.period),
        Held("entitlement.Use.at", _("时间"), row.at),
    ]
