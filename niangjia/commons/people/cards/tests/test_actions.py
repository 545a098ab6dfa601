"""Each act on a card: who may, who may not, what it leaves behind."""

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.people import actions as people
from niangjia.commons.people.cards import actions, jobs
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.family import state_kinship
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import SYSTEM, a_member, a_person, signed_in
from niangjia.commons.unions.testing import an_officer
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.card_code import card_number, new_card_number
from niangjia.kernel.errors import Conflict, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.kernel.policy import allow
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data.erasure import erase

REASON = "本人持身份证来服务站"


def an_east(tree, role="union_officer", code="EAST-1"):
    return an_officer([(tree[code], role)], f"{role}@{code}")


def end(person):
    with transaction.atomic():
        membership = Membership.objects.current().get(person=person)
        day, yes = kernel_clock.today(), allow("test")
        people.end_membership(membership, cause="leave", day=day, reason=REASON, actor=SYSTEM, decision=yes)


def acts_on(card):
    rows = AuditEntry.objects.filter(subject_type="people.card", subject_id=card.public_id).order_by("id")
    return [row.action.removeprefix("people.card.") for row in rows]


def told(person):
    return list(Message.objects.filter(user_id=person.user_id).order_by("id").values_list("kind", flat=True))


# Issue


def test_a_new_member_gets_a_card_of_today(card, wang, clock):
    assert (card.state, card.person, card.issued_on, card.replaces) == ("active", wang, clock.today, None)
    assert card_number(card.number) == card.number


def test_the_audit_names_union_and_holder_but_not_the_number(card, wang, tree):
    (entry,) = AuditEntry.objects.filter(subject_id=card.public_id)
    assert (entry.action, entry.node_id, entry.subject_key) == ("people.card.issue", tree["EAST-1"].pk, wang.public_id)
    assert entry.data == {"tail": card.number[-4:]}
    assert not AuditEntry.objects.filter(data__icontains=card.number).exists()


def test_a_taken_number_is_drawn_anew(card, tree):
    person, fresh = a_person("李四"), new_card_number()
    drawn = iter([card.number, card.number, fresh])
    with transaction.atomic():
        other = actions.issue(person, actor=SYSTEM, decision=allow("test"), numbers=lambda: next(drawn))
    assert other.number == fresh


def test_a_second_card_in_force_is_refused(card, wang):
    with pytest.raises(Conflict) as refused, transaction.atomic():
        actions.issue(wang, actor=SYSTEM, decision=allow("test"))
    assert refused.value.code == "CARD_EXISTS"
    assert Card.objects.count() == 1


def test_the_database_itself_keeps_one_card_in_force_for_each_person(card, wang):
    other = Card(person=wang, number=new_card_number(), issued_on=kernel_clock.today())
    with pytest.raises(IntegrityError, match=r"card_one_live|people_card\.person_id"), transaction.atomic():
        lifecycle.open(other, actor=SYSTEM, decision=allow("test"))


# Loss


def test_a_member_reports_the_card_lost_and_is_told(card, wang):
    lost = actions.report_lost(public_id=card.public_id, actor=signed_in(wang))
    assert lost.state == "blocked"
    assert acts_on(card) == ["issue", "report_lost"]
    assert told(wang) == ["people.card_blocked"]
    assert Message.objects.get().values == {"tail": card.number[-4:]}


def test_it_cannot_be_lost_twice(card, wang):
    actions.report_lost(public_id=card.public_id, actor=signed_in(wang))
    with pytest.raises(InvalidMove):
        actions.report_lost(public_id=card.public_id, actor=signed_in(wang))


def test_an_officer_of_the_members_union_or_above_blocks_with_a_reason(card, tree):
    with pytest.raises(RuleBroken) as refused:
        actions.report_lost(public_id=card.public_id, actor=an_east(tree))
    assert refused.value.code == "REASON_NEEDED"
    actions.report_lost(public_id=card.public_id, reason=REASON, actor=an_east(tree, code="EAST"))
    entry = AuditEntry.objects.get(action="people.card.report_lost")
    assert (entry.reason, entry.ground) == (REASON, f"union_officer@{tree['EAST'].pk}")


def test_another_member_another_street_and_the_employers_agent_find_no_card(card, tree):
    stranger = signed_in(a_member(tree["EAST-1"], "李四").person)
    others = [stranger, an_east(tree, code="WEST-1"), an_east(tree, "employer_agent"), an_east(tree, "stall_officer")]
    for actor in others:
        with pytest.raises(NotFound) as refused:
            actions.report_lost(public_id=card.public_id, reason=REASON, actor=actor)
        assert refused.value.code == "CARD_NOT_FOUND"
    card.refresh_from_db()
    assert card.state == "active"


@pytest.mark.parametrize("wanted", ["", "\0", "\ud800", "'; --", "卡", "x" * 5000])
def test_what_is_no_id_finds_no_card(card, wanted):
    with pytest.raises(NotFound) as refused:
        actions.report_lost(public_id=wanted, actor=SYSTEM)
    assert refused.value.code == "CARD_NOT_FOUND"


def test_a_reviewer_sees_the_card_but_may_not_touch_it(card, tree):
    with pytest.raises(NotAllowed) as refused:
        actions.report_lost(public_id=card.public_id, reason=REASON, actor=an_east(tree, "reviewer"))
    assert refused.value.code == "NO_OFFICE_HERE"


@pytest.mark.parametrize("act", [actions.report_lost, actions.replace])
def test_nobody_handles_a_relatives_card(card, tree, wang, act):
    officer = an_east(tree)
    with transaction.atomic():
        own = a_member(tree["EAST-1"], person=a_person("王大力", user_id=officer.user_id)).person
        state_kinship(wang, own, relation="sibling", actor=SYSTEM)
    for person in (wang, own):
        with pytest.raises(NotAllowed) as refused:
            act(public_id=Card.objects.get(person=person).public_id, reason=REASON, actor=officer)
        assert refused.value.code == "OWN_CASE"


def test_only_an_officer_lets_a_lost_card_count_again_and_says_why(card, wang, tree):
    actions.report_lost(public_id=card.public_id, actor=signed_in(wang))
    with pytest.raises(NotAllowed):
        actions.unblock(public_id=card.public_id, reason=REASON, actor=signed_in(wang))
    with pytest.raises(RuleBroken):
        actions.unblock(public_id=card.public_id, reason=" ", actor=an_east(tree))
    assert actions.unblock(public_id=card.public_id, reason=REASON, actor=SYSTEM).state == "active"
    assert told(wang) == ["people.card_blocked", "people.card_unblocked"]


# Replacement


def test_a_member_replaces_a_lost_card_at_once(card, wang, clock):
    actions.report_lost(public_id=card.public_id, actor=signed_in(wang))
    new = actions.replace(public_id=card.public_id, actor=signed_in(wang))
    card.refresh_from_db()
    assert (card.state, card.valid_until) == ("replaced", clock.today)
    assert (new.state, new.replaces, new.person) == ("active", card, wang)
    assert new.number != card.number
    assert told(wang) == ["people.card_blocked", "people.card_replaced"]
    assert Message.objects.get(kind="people.card_replaced").values == {"tail": new.number[-4:]}


def test_pressing_twice_replaces_once(card, wang):
    actions.replace(public_id=card.public_id, actor=signed_in(wang))
    with pytest.raises(InvalidMove):
        actions.replace(public_id=card.public_id, actor=signed_in(wang))
    assert Card.objects.count() == 2


def test_an_officer_replaces_with_a_reason(card, tree):
    with pytest.raises(RuleBroken):
        actions.replace(public_id=card.public_id, actor=an_east(tree))
    assert actions.replace(public_id=card.public_id, reason=REASON, actor=an_east(tree, code="CITY")).replaces == card


def test_a_member_replaces_three_times_in_thirty_days_then_comes_to_the_desk(card, wang, clock):
    for _time in range(3):
        card = actions.replace(public_id=card.public_id, actor=signed_in(wang))
    with pytest.raises(Conflict) as refused:
        actions.replace(public_id=card.public_id, actor=signed_in(wang))
    assert refused.value.code == "CARD_TOO_OFTEN"
    card = actions.replace(public_id=card.public_id, reason=REASON, actor=SYSTEM)
    clock.forward(days=30)
    assert actions.replace(public_id=card.public_id, actor=signed_in(wang))


# The end


@pytest.mark.parametrize("lost", [False, True])
def test_the_card_ends_with_the_membership(card, wang, clock, lost):
    if lost:
        actions.report_lost(public_id=card.public_id, actor=signed_in(wang))
    end(wang)
    card.refresh_from_db()
    assert (card.state, card.valid_until) == ("closed", clock.today)
    assert acts_on(card)[-1] == "close"


def test_who_joins_again_gets_a_new_card_and_the_old_one_stays_closed(card, wang, tree):
    end(wang)
    a_member(tree["WEST-1"], person=wang)
    assert list(Card.objects.filter(person=wang).order_by("id").values_list("state", flat=True)) == ["closed", "active"]
    assert Card.objects.live().get(person=wang).replaces is None


def test_an_erased_persons_cards_forget_the_bank(card, wang):
    actions.record_bank(
        public_id=card.public_id, bank_code="102100000012", bank_card_tail="0421", day=card.issued_on, actor=SYSTEM
    )
    end(wang)
    erase(wang.public_id, actor=SYSTEM, reason=REASON)
    card.refresh_from_db()
    assert (card.bank_code, card.bank_card_tail, card.co_branded_on) == ("", "", None)


# The bank


def test_an_officer_notes_the_bank_without_its_number_reaching_the_audit(card, tree, clock):
    given = {"bank_code": "102100000012", "bank_card_tail": "0421", "day": clock.today}
    noted = actions.record_bank(public_id=card.public_id, actor=an_east(tree), **given)
    noted.refresh_from_db()
    assert (noted.bank_code, noted.bank_card_tail, noted.co_branded_on) == ("102100000012", "0421", clock.today)
    entry = AuditEntry.objects.get(action="people.card.bank_recorded")
    assert entry.data == {"day": "2026-03-04"}
    assert entry.node_id == tree["EAST-1"].pk


def test_a_member_notes_no_bank_and_a_lost_card_takes_none(card, wang, clock):
    given = {"public_id": card.public_id, "bank_code": "102100000012", "bank_card_tail": "0421", "day": clock.today}
    with pytest.raises(NotAllowed):
        actions.record_bank(actor=signed_in(wang), **given)
    actions.report_lost(public_id=card.public_id, actor=signed_in(wang))
    with pytest.raises(Conflict) as refused:
        actions.record_bank(actor=SYSTEM, **given)
    assert refused.value.code == "CARD_BLOCKED"


# Members without a card


def test_members_of_before_get_their_cards_in_batches_and_nobody_gets_two(tree, clock, monkeypatch):
    for _number in range(5):
        a_member(tree["EAST-1"])
    former = a_member(tree["EAST-1"]).person
    end(former)
    Card.objects.all().delete()
    monkeypatch.setattr(jobs, "BATCH", 2)
    assert jobs.issue_missing_cards(None) == {"issued": 5}
    assert jobs.issue_missing_cards(None) == {"issued": 0}
    assert Card.objects.live().count() == Membership.objects.current().count() == 5
    assert not Card.objects.filter(person=former).exists()
    assert AuditEntry.objects.filter(action="people.card.issue", actor_name="people.issue_missing_cards").count() == 5


def test_a_batch_costs_the_same_for_three_and_for_thirty(tree, django_assert_max_num_queries):
    for _number in range(30):
        a_member(tree["EAST-1"])
    Card.objects.all().delete()
    with django_assert_max_num_queries(12):
        assert actions.issue_missing(limit=3, actor=SYSTEM) == 3
    with django_assert_max_num_queries(12):
        assert actions.issue_missing(limit=100, actor=SYSTEM) == 27
