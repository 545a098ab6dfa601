"""The crowd is as real to the books and to the register as members whom a roster brought."""

from __future__ import annotations

from datetime import date

import pytest

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import DimSet, LedgerRow
from niangjia.commons.people import testing as people
from niangjia.commons.people.models import Membership, MembershipStay, Person
from niangjia.commons.unions import testing as unions
from niangjia.platform.testing.kept import kept
from niangjia.shells.replay import crowd

pytestmark = pytest.mark.django_db

SINCE = date(2021, 7, 1)


@pytest.fixture
def tree():
    return kept(unions.small_tree)


def test_the_books_agree_with_the_crowd(tree):
    places = [tree["EAST-1"].pk, tree["WEST-1"].pk]
    said = list(crowd.admit(range(70), union_ids=places, categories=["courier", "security_guard"], since=SINCE))
    assert said == [70]
    assert Membership.objects.current().count() == MembershipStay.objects.filter(until=None).count() == 70
    assert not check_books()


def test_its_people_can_be_read_and_found(tree):
    list(crowd.admit(range(5, 8), union_ids=[tree["EAST-1"].pk], categories=["courier"], since=SINCE))
    person = Person.objects.order_by("pk")[1]
    assert (person.name, str(person.id_number)) == (crowd.name_of(6), crowd.id_number_of(6))
    assert str(person.phone).startswith("154")
    assert Person.objects.get(id_index=person.id_index) == person


def test_it_is_counted_by_the_same_facts_as_anybody(tree):
    list(crowd.admit([1], union_ids=[tree["EAST-1"].pk], categories=["courier"], since=SINCE))
    people.a_member(tree["EAST-1"], day=SINCE)
    rows = LedgerRow.objects.filter(measure="people.members").order_by("pk")
    ours, theirs = (DimSet.objects.get(pk=row.dimset_id) for row in rows)
    assert ours == theirs
    ours, theirs = Membership.objects.order_by("pk")
    assert ours.counted_as == theirs.counted_as
