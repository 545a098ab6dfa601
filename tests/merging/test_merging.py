"""Two entries become one and two again: who decides, what goes over, what forbids it, what the figures say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger import queries as ledger
from niangjia.commons.ledger.checks import differences
from niangjia.commons.people import actions as people
from niangjia.commons.people import family, queries
from niangjia.commons.people.cards import actions as cards
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.corrections.testing import a_request
from niangjia.commons.people.merging import actions, late, ways
from niangjia.commons.people.merging import queries as merge_queries
from niangjia.commons.people.merging.testing import REASON, a_proposal, all_rows, an_entry, approved
from niangjia.commons.people.models import Kinship, Membership, Person
from niangjia.commons.people.testing import SYSTEM
from niangjia.commons.unions import testing as unions
from niangjia.kernel import clock as now
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data import erasure
from niangjia.platform.testing.clients import staff_client
from niangjia.services.joining.fits import actions as fits
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.fits.rules import Found
from niangjia.services.joining.fits.states import Ground


@pytest.fixture
def pair(tree):
    """Both are members, at two streets of one district, both with a card and an account."""
    return [an_entry(n, union=tree[code], account=True) for n, code in ((101, "EAST-1"), (102, "EAST-2"))]


def code_of(act, *args, **more):
    with pytest.raises(DomainError) as refusal:
        act(*args, **more)
    return refusal.value.code


def members(tree):
    wanted = ledger.Question(measure="people.members", last=now.today())
    return ledger.stock(wanted), ledger.persons(wanted)


def test_every_foreign_key_to_a_person_has_a_way():
    assert ways.undeclared() == []


def test_a_way_names_a_column_that_exists():
    for way in ways.declared():
        assert way.model._meta.get_field(way.name), way.column
        named = {one.name for one in way.model._meta.constraints}
        assert set(way.refuses) | set(way.settled) <= named, way.column


def test_two_members_become_one_and_two_again(tree, pair, officers):
    kept, merged = pair
    before, counted = all_rows(), members(tree)
    merge = approved(a_proposal(kept, merged, officers[0]), officers[1])
    kept.refresh_from_db()
    husk = Person.objects.get(pk=merged.pk)
    assert (husk.canonical_id, husk.user_id) == (kept.pk, None)
    assert not husk.memberships.exists()
    assert not husk.cards.exists()
    assert sorted(kept.memberships.values_list("state", flat=True)) == ["active", "set_aside"]
    assert sorted(kept.cards.values_list("state", flat=True)) == ["active", "set_aside"]
    assert members(tree) == (counted[0] - 1, 1)
    assert queries.find(officers[0], merged.public_id) == kept
    assert not list(differences())
    assert Message.objects.filter(user=kept.user, kind="people.merged").exists()
    actions.undo(public_id=merge.public_id, reason=REASON, actor=officers[0])
    assert all_rows() == before
    assert members(tree) == counted
    assert not list(differences())
    assert AuditEntry.objects.get(action="people.merge.undo").reason == REASON


def test_the_values_and_the_membership_of_the_other_may_stay(pair, officers):
    kept, merged = pair
    before = all_rows()
    chosen = {"identity": "merged", "phone": "merged", "category": "merged", "membership": "merged"}
    merge = approved(a_proposal(kept, merged, officers[0], **chosen), officers[1])
    one = Person.objects.get(pk=kept.pk)
    assert (one.id_number, one.phone, one.user_id) == (merged.id_number, merged.phone, merged.user_id)
    assert one.memberships.get(state="active").union.code == "EAST-2"
    assert not type(kept.user).objects.get(pk=kept.user_id).is_active
    actions.undo(public_id=merge.public_id, reason=REASON, actor=officers[1])
    assert all_rows() == before


def test_it_takes_two_and_neither_of_them_is_concerned(tree, pair, officers):
    kept, merged = pair
    merge = a_proposal(kept, merged, officers[0])
    assert code_of(approved, merge, officers[0]) == "OWN_PROPOSAL"
    street = unions.an_officer([(tree["EAST-1"], "union_officer")], "street")
    assert code_of(a_proposal, kept, merged, street) == "PERSON_NOT_FOUND"
    assert code_of(approved, merge, street) == "NOT_FOUND"
    district = unions.an_officer([(tree["EAST"], "union_officer")], "district")
    with transaction.atomic():
        own = an_entry(103, union=tree["EAST-1"])
        Person.objects.filter(pk=own.pk).update(user=district.user_id)
        family.state_kinship(own, merged, relation="sibling", actor=SYSTEM)
    assert code_of(approved, merge, district) == "OWN_CASE"
    assert merge.union == tree["EAST"]
    actions.refuse(public_id=merge.public_id, reason="不是同一个人", actor=officers[1])
    assert code_of(approved, merge, officers[1]) == "MOVE_NOT_ALLOWED"


def test_a_plan_that_changed_is_looked_at_again(tree, pair, officers):
    merge = a_proposal(*pair, officers[0])
    assert code_of(actions.approve, public_id=merge.public_id, digest="x", actor=officers[1]) == "MERGE_PLAN_CHANGED"
    assert code_of(a_proposal, *pair, officers[0]) == "MERGE_OPEN"
    assert code_of(a_proposal, pair[0], pair[0], officers[0]) == "MERGE_SAME"
    assert code_of(a_proposal, *pair, officers[0], phone="third") == "MERGE_CHOICE"


@pytest.mark.parametrize("what", ["kin", "transfer", "staff"])
def test_what_cannot_be_told_apart_is_refused_with_the_reason(pair, officers, what):
    kept, merged = pair
    with transaction.atomic():
        if what == "kin":
            family.state_kinship(kept, merged, relation="spouse", actor=SYSTEM)
        elif what == "transfer":
            people.begin_transfer(merged.memberships.get(), actor=SYSTEM, decision=allow("test"))
        else:
            type(merged.user).objects.filter(pk=merged.user_id).update(sign_in_name="works-here")
    assert code_of(a_proposal, kept, merged, officers[0]) == "MERGE_BLOCKED"


def test_a_relative_of_both_stays_a_relative_once(tree, pair, officers):
    kept, merged = pair
    child = an_entry(104)
    with transaction.atomic():
        for one in pair:
            family.state_kinship(one, child, relation="child", actor=SYSTEM)
    before = all_rows()
    merge = approved(a_proposal(kept, merged, officers[0]), officers[1])
    assert Kinship.objects.filter(person=child, relative=kept).count() == 1
    actions.undo(public_id=merge.public_id, reason=REASON, actor=officers[1])
    assert all_rows() == before


def test_what_came_later_stays_or_forbids_the_undoing(pair, officers):
    kept, merged = pair
    merge = approved(a_proposal(kept, merged, officers[0]), officers[1])
    with now.travelling(now.now() + timedelta(hours=1)):
        card = Card.objects.live().get(person=kept)
        cards.replace(public_id=card.public_id, reason="卡面磨损了", actor=SYSTEM)
        actions.undo(public_id=merge.public_id, reason=REASON, actor=officers[1])
    assert Card.objects.live().get(person=kept).pk != card.pk
    assert Card.objects.live().get(person=merged).person_id == merged.pk


def test_a_membership_that_moved_since_is_not_torn_away(pair, officers):
    kept, merged = pair
    merge = approved(a_proposal(kept, merged, officers[0], membership="merged"), officers[1])
    with now.travelling(now.now() + timedelta(hours=1)):
        held = Membership.objects.current().get(person=kept)
        with transaction.atomic():
            people.retain(held, actor=SYSTEM, decision=allow("test"), day=now.today(), reason="已经退休")
        undo = {"public_id": merge.public_id, "reason": REASON, "actor": officers[1]}
        assert code_of(actions.undo, **undo) == "UNDO_BLOCKED"
    with now.travelling(now.now() + timedelta(days=91)):
        assert code_of(actions.undo, **undo) == "UNDO_OVER"


def test_a_chain_stays_flat_and_is_undone_from_its_end(tree, pair, officers):
    kept, merged = pair
    third = an_entry(105, union=tree["EAST-1"])
    before = all_rows()
    first = approved(a_proposal(merged, third, officers[0]), officers[1])
    second = approved(a_proposal(kept, merged, officers[0]), officers[1])
    assert Person.objects.get(pk=third.pk).canonical_id == kept.pk
    undo = {"reason": REASON, "actor": officers[1]}
    assert code_of(actions.undo, public_id=first.public_id, **undo) == "UNDO_BLOCKED"
    actions.undo(public_id=second.public_id, **undo)
    actions.undo(public_id=first.public_id, **undo)
    assert all_rows() == before


def test_whoever_is_erased_takes_the_merged_entry_along(db, clock):
    kept, merged = an_entry(106), an_entry(107)
    Person.objects.filter(pk=merged.pk).update(canonical=kept)
    with transaction.atomic():
        erasure.erase(kept.public_id, actor=SYSTEM, reason="本人要求")
    assert Person.objects.get(pk=merged.pk).erased_at is not None


def test_what_is_written_for_an_entry_that_has_gone_follows_it_and_comes_back(tree, pair, officers):
    kept, merged = pair
    merge = approved(a_proposal(kept, merged, officers[0]), officers[1])
    assert late.bring_latecomers(None) == {"brought": 0}
    relative = an_entry(109)
    Kinship.objects.create(person=merged, relative=relative, relation="sibling")
    Kinship.objects.create(person=relative, relative=merged, relation="sibling")
    assert late.bring_latecomers(None) == {"brought": 2}
    assert set(Kinship.objects.values_list("person", "relative")) == {(kept.pk, relative.pk), (relative.pk, kept.pk)}
    assert AuditEntry.objects.filter(action="people.merge.latecomers", subject_id=merge.public_id).count() == 1
    assert late.bring_latecomers(None) == {"brought": 0}
    actions.undo(public_id=merge.public_id, reason=REASON, actor=officers[0])
    assert set(Kinship.objects.filter(person=relative).values_list("relative", flat=True)) == {merged.pk}


def test_what_is_written_between_the_plan_and_the_approval_is_looked_at_first(pair, officers):
    kept, merged = pair
    merge = a_proposal(kept, merged, officers[0])
    seen = merge_queries.open_for_reading(officers[1], merge.public_id)[1].plan.digest
    Kinship.objects.create(person=merged, relative=an_entry(110), relation="sibling")
    assert code_of(actions.approve, public_id=merge.public_id, digest=seen, actor=officers[1]) == "MERGE_PLAN_CHANGED"
    assert approved(merge, officers[1]).moved["rows"]["people.Kinship.person"]


@pytest.mark.parametrize("stays", ["kept", "merged"])
def test_offers_of_a_union_that_nobody_asked_for_forbid_nothing_and_one_of_two_goes(tree, pair, officers, stays):
    kept, merged = pair
    for person in pair:
        membership = Membership.objects.current().get(person=person)
        fits.offer_fit(membership=membership, found=Found(tree["WEST-1"].pk, Ground.PLACE), actor=SYSTEM)
    page = f"/console/merges/new/{kept.public_id}/?with={merged.public_id}"
    assert 'name="reason"' in staff_client(officers[0]).get(page).text
    first, second = Fit.objects.order_by("pk")
    merge = approved(a_proposal(kept, merged, officers[0], membership=stays), officers[1])
    goes, remains = (second, first) if stays == "kept" else (first, second)
    for fit in (goes, remains):
        fit.refresh_from_db()
    assert (goes.state, remains.state, remains.person_id) == ("closed", "offered", kept.pk)
    assert DeskItem.objects.open().filter(subject_type="joining.fit").count() == 1
    actions.undo(public_id=merge.public_id, reason=REASON, actor=officers[0])
    assert [fit.person_id for fit in Fit.objects.order_by("pk")] == [kept.pk, merged.pk]
    assert Fit.objects.open().count() == 1, "what still fits is offered again by the next night"


@pytest.mark.django_db(transaction=True)
def test_a_page_of_a_plan_that_is_forbidden_says_why_instead_of_asking_for_a_reason(tree, officers):
    kept, merged = (an_entry(n, union=tree[code], account=True) for n, code in ((108, "EAST-1"), (109, "EAST-2")))
    a_request(kept)
    page = staff_client(officers[0]).get(f"/console/merges/new/{kept.public_id}/?with={merged.public_id}").text
    assert "现在还不能提出合并" in page
    assert "请先办完" in page
    assert 'name="reason"' not in page
