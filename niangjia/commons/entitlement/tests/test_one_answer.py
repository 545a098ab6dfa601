"""A roster, an explanation and the SQL of a hot path give the same answer: that of the rule as one would tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from random import Random

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from niangjia.commons.entitlement import rules
from niangjia.commons.entitlement.compile import entitled, entitled_to, explain, expressions, select_sql
from niangjia.commons.entitlement.testing import FIRST_ID, a_crowd
from niangjia.commons.entitlement.tests import strategies
from niangjia.commons.people import actions
from niangjia.commons.people.cards import actions as cards
from niangjia.commons.people.categories import NEW_FORM, WorkerCategory
from niangjia.commons.people.honours.kinds import HonourKind, HonourLevel
from niangjia.commons.people.honours.models import Honour
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.testing import SYSTEM, a_member, a_person
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.actions import move_union
from niangjia.commons.unions.kinds import UnionKind
from niangjia.commons.unions.models import Union
from niangjia.kernel.identifiers import Sex, age_on
from niangjia.kernel.policy import allow

TODAY = date(2026, 3, 4)
MOVES_ON = date(2026, 9, 1)
BY = {"actor": SYSTEM, "decision": allow("test")}


@pytest.fixture
def city(tree):
    """The small tree, in which FIRM with its branch SHOP moves from EAST-1 to WEST-1 on 1 September 2026."""
    move_union(actor=SYSTEM, union_id=tree["FIRM"].pk, parent_id=tree["WEST-1"].pk, day=MOVES_ON)
    return tree


def line(code, day):
    """The union and all above it, told by hand."""
    firm = ("FIRM", *(("WEST-1", "WEST") if day >= MOVES_ON else ("EAST-1", "EAST")), "CITY")
    lines = {
        "FIRM": firm,
        "SHOP": ("SHOP", *firm),
        "EAST-2": ("EAST-2", "EAST", "CITY"),
        "WEST-1": ("WEST-1", "WEST", "CITY"),
    }
    return lines[code]


@pytest.fixture
def people(city):
    """Members of all standings at four unions, and those who are none."""
    for code, since in product(("FIRM", "SHOP", "EAST-2", "WEST-1"), strategies.SINCE):
        a_member(city[code], day=since)
    members = list(Membership.objects.order_by("pk"))
    with transaction.atomic():
        actions.retain(members[0], day=TODAY, reason="退休保留会籍", **BY)
        actions.retain(members[7], day=TODAY, reason="退休保留会籍", **BY)
        actions.begin_transfer(members[4], **BY)
        actions.end_membership(members[1], cause="leave", day=TODAY, reason="本人书面申请", **BY)
    cards.report_lost(public_id=members[5].person.cards.get().public_id, actor=SYSTEM)
    a_person()
    Person.objects.filter(pk=members[2].person_id).update(erased_at=timezone.now())
    Person.objects.filter(pk=members[3].person_id).update(canonical=members[4].person_id)
    return list(Person.objects.order_by("pk").values_list("pk", flat=True))


@dataclass(frozen=True)
class Told:
    """Somebody as one would tell about them, without SQL."""

    person: Person
    membership: Membership | None
    code: str
    honours: tuple = ()

    def meets(self, condition, day):
        return getattr(self, condition["is"])(condition, day)

    def member(self, day):
        gone = self.person.erased_at or self.person.canonical_id
        return not gone and self.membership is not None and self.membership.since <= day

    def category(self, condition, day):
        return self.person.category in condition["any_of"]

    def new_form(self, condition, day):
        return self.person.category in NEW_FORM

    def union(self, condition, day):
        return bool(self.membership) and bool(set(line(self.code, day)) & set(condition["any_of"]))

    def honour(self, condition, day):
        return any(
            each.kind in condition["any_of"]
            and each.conferred_on <= day
            and (each.revoked_on is None or day < each.revoked_on)
            for each in self.honours
        )

    def standing(self, condition, day):
        kind = "retained" if self.membership and self.membership.state == "retained" else "employed"
        return bool(self.membership) and kind in condition["any_of"]

    def age(self, condition, day):
        at = date.fromisoformat(condition["on"]) if condition["on"] else day
        birth = self.person.birth_date
        return birth is not None and condition["from"] <= age_on(birth, at) <= condition["to"]

    def sex(self, condition, day):
        return self.person.sex in condition["any_of"]

    def member_for(self, condition, day):
        return bool(self.membership) and self.membership.since + timedelta(days=condition["days"]) <= day

    def card(self, condition, day):
        return self.person.cards.filter(state="active").exists()

    def member_before(self, condition, day):
        return bool(self.membership) and self.membership.since < date.fromisoformat(condition["day"])


def told_of(people):
    held = {each.person_id: each for each in Membership.objects.current().select_related("union")}
    honours = list(Honour.objects.select_related("person"))
    for person in Person.objects.filter(pk__in=people):
        membership = held.get(person.pk)
        own = tuple(each for each in honours if person.pk in (each.person_id, each.person.canonical_id))
        yield Told(person, membership, membership.union.code if membership else "", own)


def holders(statement):
    """Who is entitled by the SQL as a hot path embeds it."""
    sql, parameters = statement
    asked = f"SELECT p.id FROM people_person p WHERE EXISTS (SELECT 1 FROM ({sql}) q WHERE q.id = p.id)"
    with connection.cursor() as cursor:
        cursor.execute(asked, parameters)
        return {row[0] for row in cursor.fetchall()}


def columns(rule, day, people):
    """Every condition of the rule for all these people, as an explanation selects them."""
    conditions = {f"met_{place}": each.expression for place, each in enumerate(expressions(rule, day))}
    rows = Person.objects.filter(pk__in=people).annotate(**conditions).values_list("pk", *conditions)
    return {pk: [bool(each) for each in met] for pk, *met in rows}


def scatter(people, seed):
    """Give everybody other facts."""
    dice = Random(seed)
    births = [None, *(TODAY.replace(year=TODAY.year - years) + timedelta(days=dice.randint(-2, 2)) for years in AGES)]
    facts = {
        "birth_date": births,
        "sex": [sex.value for sex in Sex],
        "category": [category.value for category in WorkerCategory],
    }
    everybody = [Person(pk=pk, **{name: dice.choice(choices) for name, choices in facts.items()}) for pk in people]
    Person.objects.bulk_update(everybody, list(facts))
    Honour.objects.all().delete()
    Honour.objects.bulk_create(
        (_honour(dice, dice.choice(people)) for _one in range(len(people))), ignore_conflicts=True
    )


def _honour(dice, pk):
    since = dice.choice(strategies.SINCE)
    until = dice.choice([None, since, since + timedelta(days=1), strategies.SINCE[-1]])
    kind, level = dice.choice(list(HonourKind)), dice.choice(list(HonourLevel))
    return Honour(person_id=pk, kind=kind, level=level, conferred_on=since, revoked_on=until)


AGES = (15, 16, 17, 60, 61, 62)


def test_roster_explanation_and_embedded_sql_agree_with_the_rule_as_told(people):
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(strategies.EVERY_CONDITION, strategies.WHO, strategies.DAYS, st.integers(0, 10_000), st.sampled_from(people))
    def property_holds(every, who, day, seed, somebody):
        scatter(people, seed)
        everybody = list(told_of(people))
        told = {each.person.pk: [each.member(day), *(each.meets(one, day) for one in every)] for each in everybody}
        assert columns(rules.parse(every), day, people) == told
        rule = rules.parse(who)
        meant = {each.person.pk for each in everybody if each.member(day) and all(each.meets(one, day) for one in who)}
        assert set(entitled(rule, day).values_list("pk", flat=True)) == meant
        assert holders(select_sql(rule, day)) == meant
        explanation = explain(rule, somebody, day)
        assert explanation.entitled == (somebody in meant)
        assert entitled_to([rule, rule], somebody, day) == [somebody in meant] * 2
        assert all(str(line.sentence) and (line.met or str(line.refusal)) for line in explanation.lines)

    property_holds()


# Size

EVERYTHING = [
    {"is": "union", "any_of": ["EAST-1", "TRADE"]},
    {"is": "new_form"},
    {"is": "category", "any_of": ["courier", "delivery_rider"]},
    {"is": "standing", "any_of": ["employed"]},
    {"is": "sex", "any_of": ["male"]},
    {"is": "age", "from": 16, "to": 60, "on": "2026-01-09"},
    {"is": "member_for", "days": 30},
    {"is": "member_before", "day": "2026-02-02"},
    {"is": "card", "any_of": ["active"]},
]
EACH = 5_000


@pytest.fixture
def crowd(tree):
    """Twenty thousand members at four unions; those of FIRM and SHOP stand below EAST-1."""
    a_crowd([a_member(tree[code], day=date(2026, 2, 1)) for code in ("FIRM", "SHOP", "EAST-2", "WEST-1")], EACH)
    return tree


def test_a_roster_of_twenty_thousand_takes_one_statement(crowd, sql_counts):
    rule = rules.parse(EVERYTHING)
    with sql_counts.expect("roster of 20,000"):
        found = set(entitled(rule, TODAY).values_list("pk", flat=True))
    assert len(found) == 2 * (EACH + 1)
    assert {FIRST_ID, FIRST_ID + 2 * EACH - 1} <= found
    assert FIRST_ID + 2 * EACH not in found


def test_an_explanation_takes_few_statements(tree, sql_counts):
    firm, east = [a_member(tree[code], day=date(2026, 2, 1)) for code in ("FIRM", "EAST-2")]
    rule = rules.parse(EVERYTHING)
    with sql_counts.expect("explanation of who is entitled"):
        assert explain(rule, firm.person_id, TODAY).entitled
    with sql_counts.expect("explanation of who is not"):
        assert not explain(rule, east.person_id, TODAY).entitled


def test_a_remembered_statement_stays_right_when_unions_move(tree):
    member = a_member(tree["FIRM"], day=date(2026, 2, 1))
    west = rules.parse([{"is": "union", "any_of": ["WEST"]}])
    remembered = select_sql(west, TODAY)
    assert holders(remembered) == set()
    move_union(actor=SYSTEM, union_id=tree["FIRM"].pk, parent_id=tree["WEST-1"].pk, day=TODAY)
    assert holders(remembered) == {member.person_id}


@pytest.fixture
def large_city(db, clock):
    """Four thousand unions in five levels; twenty thousand members at two of the lowest."""
    firsts = unions.grown_tree([*unions.LEVELS[:3], (UnionKind.ASSOCIATION, 10)])
    lowest = Union.objects.filter(pk__in=[firsts[UnionKind.ASSOCIATION], firsts[UnionKind.ASSOCIATION] + 200])
    lowest.update(accepts_members=True)
    a_crowd([a_member(union, day=date(2026, 2, 1)) for union in lowest.order_by("pk")], 2 * EACH)
    return firsts


@pytest.mark.postgresql
def test_one_person_is_found_by_indexes_among_twenty_thousand_members_and_four_thousand_unions(large_city):
    district = {"is": "union", "any_of": [f"G{large_city[UnionKind.DISTRICT]}"]}
    sql, parameters = select_sql(rules.parse([district, *EVERYTHING[1:]]), TODAY)
    asked = f"SELECT EXISTS (SELECT 1 FROM ({sql}) q WHERE q.id = p.id) FROM people_person p WHERE p.id = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked}", [*parameters, FIRST_ID])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        answers = [cursor.execute(asked, [*parameters, pk]).fetchone()[0] for pk in (FIRST_ID, FIRST_ID + 2 * EACH)]
    assert answers == [True, False]
    assert "people_membership" in plan
    assert "Seq Scan" not in plan, plan


@pytest.mark.postgresql
def test_the_statement_can_be_prepared_by_the_server(tree):
    member = a_member(tree["FIRM"], day=date(2026, 2, 1))
    sql, parameters = select_sql(rules.parse(EVERYTHING), TODAY)
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        assert cursor.execute(sql, parameters, prepare=True).fetchall() == [(member.person_id,)]
