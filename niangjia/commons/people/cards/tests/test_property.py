"""Whatever is done to a person's cards, in whatever order: one in force at most, and never a dead one revived."""

from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from niangjia.commons.people import actions as people
from niangjia.commons.people.cards import actions, queries
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import SYSTEM, a_member, a_person
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow

DEAD = ("replaced", "closed")


def leave(person):
    with transaction.atomic():
        membership = Membership.objects.current().filter(person=person).first()
        if membership:
            day, yes = kernel_clock.today(), allow("test")
            people.end_membership(membership, cause="record_death", day=day, actor=SYSTEM, decision=yes)


def on_a_card(act):
    def run(person, union, which):
        cards = list(Card.objects.filter(person=person).order_by("id"))
        act(public_id=cards[which % len(cards)].public_id, reason="本人来服务站", actor=SYSTEM)

    return run


ACTS = {
    "report_lost": on_a_card(actions.report_lost),
    "unblock": on_a_card(actions.unblock),
    "replace": on_a_card(actions.replace),
    "leave": lambda person, _union, _which: leave(person),
    "join": lambda person, union, _which: a_member(union, person=person),
    "missing": lambda _person, _union, _which: actions.issue_missing(limit=10, actor=SYSTEM),
}


@pytest.mark.django_db
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 5)), max_size=10))
def test_one_card_in_force_for_a_member_and_none_for_anybody_else(tree, steps):
    person = a_person()
    a_member(tree["EAST-1"], person=person)
    dead = set()
    for act, which in steps:
        with suppress(DomainError):
            ACTS[act](person, tree["WEST-1"], which)
        is_member = Membership.objects.current().filter(person=person).exists()
        assert Card.objects.live().filter(person=person).count() == is_member
        now_dead = set(Card.objects.filter(person=person, state__in=DEAD).values_list("pk", flat=True))
        assert dead <= now_dead
        dead = now_dead
        found = queries.card_of(person.pk)
        assert (found is not None) == is_member
