"""Whatever two entries hold in all rooms: a merge loses no row, and undoing it puts every table back as it was."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date
from itertools import count
from types import SimpleNamespace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from niangjia.commons.entitlement import uses
from niangjia.commons.entitlement.models import Use
from niangjia.commons.entitlement.rules import Once, Per, Period, Rule
from niangjia.commons.ledger.checks import differences
from niangjia.commons.people import actions as people
from niangjia.commons.people import family
from niangjia.commons.people.cards import actions as cards
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.honours.models import Honour
from niangjia.commons.people.merging import actions, ways
from niangjia.commons.people.merging.testing import REASON, a_proposal, all_rows, an_entry, approved
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import SYSTEM, a_member, signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel import clock as now
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow
from niangjia.services.offers import testing as offers
from niangjia.services.offers.models import Reservation
from niangjia.services.protection import testing as protection
from niangjia.services.protection.claim_models import Claim

SERIALS = count(5000)
"""All examples write into one database, so that none may meet the phone of one before."""

ONCE = Rule(once=Once(Per.PERSON, Period.YEAR))
BY = {"actor": SYSTEM, "decision": allow("test")}


@pytest.fixture
def world(db, clock, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    tree = unions.small_tree()
    plan, _first, second = protection.six_gifts(tree["CITY"])
    city = [(tree["CITY"], "union_officer")]
    return SimpleNamespace(
        tree=tree,
        plan=plan,
        version=second,
        offer=offers.an_offer(tree["CITY"], pieces=50),
        officers=[unions.an_officer(city, f"city{n}") for n in (1, 2)],
    )


def join(world, person):
    a_member(world.tree["EAST-1" if person.pk % 2 else "WEST-1"], person=person)


def retire(_world, person):
    held = Membership.objects.current().get(person=person)
    people.retain(held, day=now.today(), reason="已经退休", **BY)


def lose_card(_world, person):
    cards.report_lost(public_id=Card.objects.live().get(person=person).public_id, reason="本人挂失", actor=SYSTEM)


def use_once(_world, person):
    uses.take(
        rule=ONCE, rule_key="summer", person_id=person.pk, day=now.today(), source_type="test", source_id=person.pk
    )


def reserve(world, person):
    offers.reserve(world.offer, signed_in(person))


def enrol(world, person):
    day = date(now.today().year, 1, 1)
    protection.an_enrolment(world.version, person, world.tree["EAST-1"], from_day=day, protected_since=day)


def claim(world, person):
    protection.a_begun_claim(world.plan, signed_in(person))


def honour(_world, person):
    Honour.objects.create(person=person, kind="craftsman", level="city", conferred_on=date(2025, 5, 1))


def household(_world, person):
    family.found_household(person, actor=SYSTEM, day=now.today())


ACTS = (join, retire, lose_card, use_once, reserve, enrol, claim, honour, household)


def hold(world, person, acts):
    for act in acts:
        with suppress(DomainError, Membership.DoesNotExist, Card.DoesNotExist), transaction.atomic():
            act(world, person)


def rows_of_all_ways():
    return Counter({way.column: way.model._base_manager.count() for way in ways.declared()})


held = st.lists(st.sampled_from(ACTS), max_size=7, unique=True).map(lambda acts: sorted(acts, key=ACTS.index))
choices = st.fixed_dictionaries({group: st.sampled_from(["kept", "merged"]) for group in ("phone", "membership")})


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=held, second=held, said=choices)
def test_a_merge_loses_nothing_and_undone_it_never_was(world, first, second, said):
    kept, merged = (an_entry(next(SERIALS), account=True) for _entry in range(2))
    hold(world, kept, first)
    hold(world, merged, second)
    before, counted = all_rows(), rows_of_all_ways()
    try:
        merge = approved(a_proposal(kept, merged, world.officers[0], **said), world.officers[1])
    except DomainError as error:
        if error.code not in ("MERGE_BLOCKED", "PERSON_NOT_FOUND"):
            raise
        return
    assert rows_of_all_ways() - Counter({"people.Merge.kept": 1, "people.Merge.merged": 1}) == counted
    assert Membership.objects.current().filter(person=kept).count() <= 1
    assert not Membership.objects.filter(person=merged).exists()
    assert not list(differences())
    actions.undo(public_id=merge.public_id, reason=REASON, actor=world.officers[0])
    assert all_rows() == before
    assert not list(differences())


def test_what_everybody_may_have_once_is_had_once_after_the_merge(world):
    pair = [an_entry(n, union=world.tree["EAST-1"], account=True) for n in (901, 902)]
    kept, merged = pair
    for act in (use_once, enrol, claim):
        hold(world, merged, [act])
    hold(world, kept, [reserve])
    before = all_rows()
    merge = approved(a_proposal(kept, merged, world.officers[0]), world.officers[1])
    assert Use.objects.get(rule_key="summer").once_key == f"person:{kept.pk}"
    assert Claim.objects.get().person_id == kept.pk
    with pytest.raises(DomainError) as refusal, transaction.atomic():
        use_once(world, kept)
    assert refusal.value.code == "ALREADY_USED"
    actions.undo(public_id=merge.public_id, reason=REASON, actor=world.officers[1])
    assert all_rows() == before


def test_two_items_that_both_wait_in_one_campaign_forbid_the_merge(world):
    kept, merged = (an_entry(n, union=world.tree["EAST-1"], account=True) for n in (903, 904))
    for person in (kept, merged):
        hold(world, person, [reserve])
    assert Reservation.objects.count() == 2
    with pytest.raises(DomainError) as refusal:
        a_proposal(kept, merged, world.officers[0])
    assert refusal.value.code == "MERGE_BLOCKED"
