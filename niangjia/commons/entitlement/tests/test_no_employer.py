"""Whoever has no employer is a member with all rights: no condition that a rule can be made of asks for an employer."""

from __future__ import annotations

from datetime import date

from niangjia.commons.entitlement import reading, rules
from niangjia.commons.entitlement.compile import entitled
from niangjia.commons.people.honours.models import Honour
from niangjia.commons.people.testing import a_member

TODAY = date(2026, 3, 4)
MET_BY_BOTH = {
    "category": {"is": "category", "any_of": ["courier"]},
    "new_form": {"is": "new_form"},
    "union": {"is": "union", "any_of": ["EAST"]},
    "standing": {"is": "standing", "any_of": ["employed"]},
    "age": {"is": "age", "from": 16, "to": 60, "on": None},
    "sex": {"is": "sex", "any_of": ["male"]},
    "member_for": {"is": "member_for", "days": 365},
    "member_before": {"is": "member_before", "day": "2026-01-01"},
    "honour": {"is": "honour", "any_of": ["model_worker"]},
    "card": {"is": "card", "any_of": ["active"]},
}


def test_a_member_of_a_street_has_what_an_employees_union_member_has(tree):
    assert set(MET_BY_BOTH) == set(reading._READERS), "a new condition must say here that it asks for no employer"
    since = date(2024, 5, 1)
    people = [a_member(tree[code], day=since).person for code in ("EAST-1", "FIRM")]
    for person in people:
        Honour.objects.create(person=person, kind="model_worker", level="city", conferred_on=since)
    wanted = {person.pk for person in people}
    for kind, condition in MET_BY_BOTH.items():
        rows = entitled(rules.parse([condition]), TODAY)
        assert set(rows.values_list("pk", flat=True)) == wanted, kind
        assert "employer" not in str(rows.query), f"{kind} reads the employer"
    assert set(entitled(rules.parse(list(MET_BY_BOTH.values())), TODAY).values_list("pk", flat=True)) == wanted
