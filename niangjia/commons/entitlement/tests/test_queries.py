"""How many a rule reaches, and what somebody may still have."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from niangjia.commons.entitlement import queries, rules, uses
from niangjia.commons.people import family
from niangjia.commons.people.testing import SYSTEM, a_member
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.testing import an_officer

TODAY = date(2026, 3, 4)
ONCE = rules.parse({"who": [], "once": {"per": "person", "period": "year"}})
FAMILY = rules.parse({"who": [{"is": "new_form"}], "once": {"per": "household", "period": "ever"}})
WOMEN = rules.parse([{"is": "sex", "any_of": ["female"]}])
ALWAYS = rules.parse([])


def take(rule, key, person, source_id=1):
    with transaction.atomic():
        uses.take(rule=rule, rule_key=key, person_id=person.pk, day=TODAY, source_type="test", source_id=source_id)


def keys(person, offers):
    return [key for _rule, key, _period in queries.unused(person.pk, offers, TODAY)]


def test_a_roster_counts_whom_the_officer_may_see(tree):
    for code in ("FIRM", "SHOP", "EAST-2", "WEST-1"):
        a_member(tree[code])
    east = rules.parse([{"is": "union", "any_of": ["EAST"]}])
    assert queries.roster_count(east, TODAY, SYSTEM) == 3
    assert queries.roster_count(east, TODAY, an_officer([(tree["EAST-1"], Role.UNION_OFFICER)])) == 2
    assert queries.roster_count(east, TODAY, an_officer([(tree["WEST"], Role.UNION_OFFICER)], "west")) == 0


def test_what_is_open_to_somebody_and_was_not_had(tree, sql_counts):
    anna, ben = a_member(tree["FIRM"]).person, a_member(tree["FIRM"]).person
    with transaction.atomic():
        home = family.found_household(anna, actor=SYSTEM, day=TODAY)
        family.join_household(home, ben, role="spouse", actor=SYSTEM, day=TODAY)
    offers = [(ONCE, "a", "2026"), (FAMILY, "b", ""), (WOMEN, "c", ""), (ALWAYS, "d", ""), (ONCE, "e", "2026")]
    assert keys(anna, offers) == ["a", "b", "d", "e"]
    take(ONCE, "a", anna)
    take(FAMILY, "b", ben, 2)
    take(ONCE, "e", ben, 3)
    with sql_counts.expect("unused offers"):
        assert keys(anna, offers) == ["d", "e"]
    assert keys(anna, [(ONCE, "a", "2027")]) == ["a"]
    assert keys(anna, []) == []
