"""Two merges with the same entry at the same moment; first that it goes wrong without the locks."""

from __future__ import annotations

import time

import pytest
from django.db import transaction

from niangjia.commons.people.merging import actions, late, queries
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.merging.testing import a_proposal, an_entry
from niangjia.commons.people.models import Kinship, Person
from niangjia.commons.unions import testing as unions
from niangjia.platform.testing.races import two_connections

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def chain(clock):
    """The second entry goes into the first, and the third into the second: either alone is right."""
    tree = unions.small_tree()
    one, two = (unions.an_officer([(tree["CITY"], "union_officer")], f"city{n}") for n in (1, 2))
    first, second, third = (an_entry(n, union=tree["EAST-1"]) for n in (201, 202, 203))
    return two, [a_proposal(first, second, one), a_proposal(second, third, one)]


def careless(merge):
    """Look whether both stand for themselves, then write, and no lock."""

    def run(meet):
        with transaction.atomic():
            both = Person.objects.canonical().filter(pk__in=(merge.kept_id, merge.merged_id)).count() == 2
            meet()
            if both:
                Person.objects.filter(pk=merge.merged_id).update(canonical=merge.kept_id)
        return both

    return run


def flat():
    return not Person.objects.filter(canonical__canonical__isnull=False).exists()


def test_without_the_locks_a_chain_is_left(chain):
    outcomes = two_connections(*(careless(merge) for merge in chain[1]))
    assert [outcome.value for outcome in outcomes] == [True, True]
    assert not flat()


def test_of_two_merges_with_one_entry_at_once_no_chain_is_left(chain):
    actor, merges = chain
    digests = [queries.open_for_reading(actor, merge.public_id)[1].plan.digest for merge in merges]

    def careful(merge, digest):
        return lambda: actions.approve(public_id=merge.public_id, digest=digest, actor=actor)

    outcomes = two_connections(*(careful(*one) for one in zip(merges, digests, strict=True)))
    assert any(outcome.ok for outcome in outcomes)
    assert flat()
    applied = Merge.objects.filter(state="applied").count()
    assert applied == sum(outcome.ok for outcome in outcomes)
    assert Person.objects.filter(canonical__isnull=False).count() == applied


@pytest.fixture
def planned(clock):
    """A proposal, the plan that a second officer saw, and somebody to be written down as a relative of the entry."""
    tree = unions.small_tree()
    one, two = (unions.an_officer([(tree["CITY"], "union_officer")], f"city{n}") for n in (1, 2))
    merge = a_proposal(an_entry(204, union=tree["EAST-1"]), an_entry(205, union=tree["EAST-1"]), one)
    return two, merge, queries.open_for_reading(two, merge.public_id)[1].plan.digest, an_entry(206)


def writing_slowly(merge, relative):
    """A row for the merged entry, written before the approval begins and committed after it."""

    def run(meet):
        with transaction.atomic():
            row = Kinship.objects.create(person_id=merge.merged_id, relative=relative, relation="sibling")
            meet()
            time.sleep(1)
        return row.pk

    return run


def approving(merge, digest, actor):
    def run(meet):
        meet()
        return actions.approve(public_id=merge.public_id, digest=digest, actor=actor)

    return run


def test_a_row_committed_after_the_merge_stays_behind_until_the_job_brings_it_over(planned):
    actor, merge, digest, relative = planned
    wrote, approved = two_connections(writing_slowly(merge, relative), approving(merge, digest, actor))
    assert wrote.ok
    assert approved.ok, "nobody can see what is not committed"
    assert Kinship.objects.get(pk=wrote.value).person_id == merge.merged_id
    assert late.bring_latecomers(None) == {"brought": 1}
    assert Kinship.objects.get(pk=wrote.value).person_id == merge.kept_id
