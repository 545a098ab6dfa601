"""Whatever happens to people in whatever order: one current membership each, no two at the same time, books in line."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from niangjia.commons.people import actions
from niangjia.commons.people.models import Membership, MembershipStay
from niangjia.commons.people.testing import SYSTEM, a_person
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow

START = date(2026, 1, 5)
UNIONS = ("FIRM", "SHOP", "EAST-1", "WEST-1", "CITY")
BY = {"actor": SYSTEM, "decision": allow("test")}

ACTS = ("admit", "retain", "take_up", "begin", "complete", "call_off", "end", "category")
OPEN_FROM = {
    "active": ("retain", "begin", "end", "category"),
    "retained": ("take_up", "end", "category"),
    "transferring": ("complete", "call_off", "end", "category"),
    "ended": ("admit",),
}
"""Most steps are possible ones, or the property would prove little; the rest are any, and mostly refused."""

possible = st.tuples(st.just("possible"), st.integers(0, 11))
anything = st.tuples(st.just("any"), st.integers(0, len(ACTS) - 1))
days_pass = st.tuples(st.just("days"), st.sampled_from([1, 2, 30]))
steps = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.one_of(possible, possible, possible, days_pass, anything),
        st.sampled_from(UNIONS),
        st.sampled_from([0, 0, 0, -1, -3, -40, 1]),
    ),
    min_size=6,
    max_size=24,
)


class Life:
    """Two persons to whom steps happen; a refusal is an answer too."""

    def __init__(self, tree):
        self.tree = tree
        self.people = [a_person("甲甲"), a_person("乙乙")]
        self.today, self.done = START, Counter()

    def step(self, who, choice, union, offset):
        kind, number = choice
        if kind == "days":
            self.today += timedelta(days=number)
            return
        act = ACTS[number] if kind == "any" else self._possible(self.people[who], number)
        self.do(who, act, union, offset)

    def _possible(self, person, number):
        latest = Membership.objects.filter(person=person).order_by("-pk").first()
        options = OPEN_FROM[latest.state if latest else "ended"]
        return options[number % len(options)]

    def do(self, who, act, union, offset=0):
        with clock.travelling(self.today):
            try:
                with transaction.atomic():
                    self._do(self.people[who], act, self.tree[union], self.today + timedelta(days=offset))
                self.done[act] += 1
            except DomainError:
                return

    def _do(self, person, act, union, day):
        if act == "admit":
            actions.admit(person, union, day=day, **BY)
            return
        if act == "category":
            actions.change_category(person, category=["courier", "other"][union.pk % 2], actor=SYSTEM)
            return
        membership = Membership.objects.filter(person=person).order_by("-pk").first()
        if membership is None:
            return
        match act:
            case "retain":
                actions.retain(membership, day=day, reason="退休保留会籍", union=union, **BY)
            case "take_up":
                actions.take_up(membership, day=day, **BY)
            case "begin":
                actions.begin_transfer(membership, **BY)
            case "complete":
                actions.complete_transfer(membership, union=union, day=day, **BY)
            case "call_off":
                actions.call_off_transfer(membership, reason="新单位没有录用", **BY)
            case "end":
                actions.end_membership(membership, cause="leave", day=day, reason="本人书面申请", **BY)


def overlapping(spans):
    return [(one, other) for one, other in combinations(spans, 2) if one.overlaps(other)]


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_membership_life(tree, booked, steps):
    booked.records.clear()
    with transaction.atomic():
        life = Life(tree)
        for step in steps:
            life.step(*step)
        for person in life.people:
            memberships = list(Membership.objects.filter(person=person))
            assert sum(membership.is_current for membership in memberships) <= 1
            assert not overlapping([membership.span for membership in memberships])
            for membership in memberships:
                check_stays(membership)
        expected = Counter((membership.union_id,) for membership in Membership.objects.current())
        assert booked.stock() == expected
        standing = Counter(
            (one.union_id, "retained" if one.state == "retained" else "active", one.person.category)
            for one in Membership.objects.current().select_related("person")
        )
        assert booked.stock("standing", "category") == standing
        transaction.set_rollback(True)


def check_stays(membership):
    stays = list(MembershipStay.objects.filter(membership=membership).order_by("pk"))
    assert stays[0].since == membership.since
    assert stays[-1].until == membership.until
    assert stays[-1].union_id == membership.union_id
    assert all(before.until == after.since for before, after in pairwise(stays))
    assert membership.is_current == (membership.until is None)


def test_the_steps_reach_every_act(tree):
    """The property would prove nothing if every step were refused."""
    life = Life(tree)
    for act, union in (
        ("admit", "FIRM"), ("begin", ""), ("call_off", ""), ("begin", ""), ("complete", "WEST-1"),
        ("category", "FIRM"), ("retain", "EAST-1"), ("take_up", ""), ("end", ""), ("admit", "SHOP"),
    ):  # fmt: skip
        life.do(0, act, union or "FIRM")
    assert life.done["begin"] == 2
    assert set(life.done) == {"admit", "begin", "call_off", "complete", "category", "retain", "take_up", "end"}
