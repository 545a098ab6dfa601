"""Two people look before money moves; what is wrong is held back; what the bank did is heard."""

from __future__ import annotations

import pytest
from django.db.models import F

from niangjia.commons.ledger import books as ledger_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments import actions as pay_actions
from niangjia.commons.payments import testing as payments
from niangjia.commons.payments.models import Account, Payment
from niangjia.commons.people import testing as people
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotAllowed, RuleBroken
from niangjia.platform.testing.clients import staff_client
from niangjia.platform.testing.contract import breaches
from niangjia.services.reimbursement import actions, testing
from niangjia.services.reimbursement.models import Case, Lost, Round
from niangjia.services.reimbursement.room import ROOM

SYSTEM = Actor.system("test")


def refused_with(code, act, **given):
    with pytest.raises(DomainError) as refused:
        act(**given)
    assert refused.value.code == code


def test_the_room_keeps_the_contract():
    assert not breaches(ROOM)


def test_who_computed_does_not_agree(world):
    round_ = testing.applied([world.row(1, "A0001")], world.east, world.both)
    refused_with("FOUR_EYES", actions.approve_round, public_id=round_.public_id, actor=world.both)
    refused_with("NO_OFFICE_HERE", actions.approve_round, public_id=round_.public_id, actor=world.clerk)
    actions.approve_round(public_id=round_.public_id, actor=world.reviewer)
    assert Case.objects.get().state == "approved"
    assert Round.objects.get().approved_by_id == world.reviewer.user_id


def test_a_large_sum_must_be_looked_at_first(world):
    round_ = testing.applied([world.row(1, "A0001", "40000.00")], world.east, world.clerk)
    case = Case.objects.get()
    assert case.sampled == "amount"
    refused_with("SAMPLE_OPEN", actions.approve_round, public_id=round_.public_id, actor=world.reviewer)
    actions.clear(public_id=case.public_id, actor=world.reviewer)
    actions.approve_round(public_id=round_.public_id, actor=world.reviewer)


def test_the_books_agree_and_name_what_was_planted(world):
    round_ = testing.applied([world.row(1, "A0001"), world.row(2, "A0002")], world.east, world.clerk)
    actions.approve_round(public_id=round_.public_id, actor=world.reviewer)
    for serial, person in enumerate(world.members):
        card = payments.a_card(serial)
        pay_actions.name_account(person_id=person.pk, bank="乙银行", account_number=card, actor=SYSTEM)
    batch = payments.a_released_batch(Account.objects.get(side="fund"), SYSTEM, SYSTEM)
    lines = payments.answers(list(Payment.objects.all()))
    pay_actions.answer(public_id=batch.public_id, lines=lines, actor=SYSTEM)
    assert not ledger_books.check_books()
    Case.objects.filter(transaction="A0001").update(fen=F("fen") + 1)
    Account.objects.filter(side="paid_out").update(balance=F("balance") + 1)
    found = [(one.book, one.what.split(" ")[0]) for one in ledger_books.check_books()]
    assert found == [
        ("payments", "balance"), ("payments", "paid_out"), ("reimbursement", "cases"), ("reimbursement", "fen"),
        ("reimbursement", "sum"),
    ]  # fmt: skip


def test_what_is_held_back_is_not_paid_and_gives_back_what_it_used(world):
    round_ = testing.applied([world.row(1, "A0001"), world.row(2, "A0002")], world.east, world.clerk)
    case = Case.objects.get(transaction="A0001")
    actions.withhold(public_id=case.public_id, reason="和医保结算单对不上", actor=world.reviewer)
    actions.approve_round(public_id=round_.public_id, actor=world.reviewer)
    assert dict(Case.objects.values_list("transaction", "state")) == {"A0001": "withheld", "A0002": "approved"}
    later = testing.checked([world.row(1, "A0003")], world.east, world.clerk)
    assert later.counts["fen"] == 250_00


REASON = "医保局回函，金额无误"


@pytest.fixture
def withheld(world):
    """A case of a round with another, held back; the round."""
    round_ = testing.applied([world.row(1, "A0001"), world.row(2, "A0002")], world.east, world.clerk)
    case = Case.objects.get(transaction="A0001")
    actions.withhold(public_id=case.public_id, reason="和医保结算单对不上", actor=world.reviewer)
    return case, round_


def test_what_was_held_back_is_taken_up_in_its_round_and_looked_at_again(world, withheld):
    case, round_ = withheld
    taken = actions.take_up(public_id=case.public_id, reason=REASON, actor=world.clerk)
    assert (taken.state, taken.round_id, taken.sampled, taken.fen) == ("computed", round_.pk, "hand", 250_00)
    refused_with("SAMPLE_OPEN", actions.approve_round, public_id=round_.public_id, actor=world.reviewer)
    actions.clear(public_id=case.public_id, actor=world.reviewer)
    actions.approve_round(public_id=round_.public_id, actor=world.reviewer)
    assert set(Case.objects.values_list("state", flat=True)) == {"approved"}
    assert not ledger_books.check_books()


def test_after_its_round_it_is_computed_by_what_the_year_came_to_since_and_agreed_to_by_another(world, withheld):
    case, round_ = withheld
    actions.approve_round(public_id=round_.public_id, actor=world.reviewer)
    testing.applied([world.row(1, "A0003")], world.east, world.clerk)
    taken = actions.take_up(public_id=case.public_id, reason=REASON, actor=world.both)
    later = Round.objects.get(pk=taken.round_id)

    assert (later.feed, taken.document["before"]["self_paid_fen"]) == (None, 1100_00)
    assert taken.fen > 250_00
    for act in (actions.clear, actions.drop):
        given = {"reason": REASON} if act is actions.drop else {}
        refused_with("FOUR_EYES", act, public_id=taken.public_id, actor=world.both, **given)
    refused_with("FOUR_EYES", actions.approve_round, public_id=later.public_id, actor=world.both)
    actions.clear(public_id=taken.public_id, actor=world.reviewer)
    assert actions.approve_round(public_id=later.public_id, actor=world.reviewer).state == "approved"


def test_whoever_brought_a_case_into_anothers_round_does_not_agree_to_it(world, withheld):
    case, round_ = withheld
    actions.take_up(public_id=case.public_id, reason=REASON, actor=world.both)
    refused_with("FOUR_EYES", actions.clear, public_id=case.public_id, actor=world.both)
    actions.clear(public_id=case.public_id, actor=world.reviewer)
    refused_with("FOUR_EYES", actions.approve_round, public_id=round_.public_id, actor=world.both)


def test_taking_up_needs_a_reason_an_office_and_something_held_back(world, withheld):
    case, _round = withheld
    act = actions.take_up
    refused_with("REASON_NEEDED", act, public_id=case.public_id, reason="", actor=world.clerk)
    refused_with("NOT_FOUND", act, public_id=case.public_id, reason=REASON, actor=world.agent)
    act(public_id=case.public_id, reason=REASON, actor=world.clerk)
    with pytest.raises(DomainError):
        act(public_id=case.public_id, reason=REASON, actor=world.clerk)


def test_what_was_held_back_has_a_list_and_a_button(world, withheld):
    case, _round = withheld
    desk = staff_client(world.clerk)
    assert "A0001" in desk.get("/console/reimbursement/withheld/").content.decode()
    address = f"/console/reimbursement/cases/{case.public_id}/"
    assert f"{address}take_up/" in desk.get(address).content.decode()
    assert desk.post(f"{address}take_up/", {"reason": REASON, "idempotency_key": "key-1"}).status_code == 302
    assert Case.objects.get(pk=case.pk).state == "computed"


def test_a_round_called_off_may_come_again(world):
    rows = [world.row(1, "A0001")]
    round_ = testing.applied(rows, world.east, world.clerk)
    actions.call_off_round(public_id=round_.public_id, reason="数据期间不对，重新上传", actor=world.reviewer)
    assert Case.objects.get().state == "dropped"
    again = testing.checked([*rows, world.row(2, "A0002")], world.east, world.clerk)
    assert again.count_of("due") == 2


def test_nobody_agrees_to_their_own(world):
    person = world.members[0]
    person.user_id = world.reviewer.user_id
    person.save(update_fields=["user"])
    round_ = testing.applied([world.row(1, "A0001")], world.east, world.clerk)
    refused_with("OWN_CASE", actions.approve_round, public_id=round_.public_id, actor=world.reviewer)


def test_what_the_bank_did_is_heard_once_in_whatever_order(world):
    round_ = testing.applied([world.row(1, "A0001"), world.row(2, "A0002")], world.east, world.clerk)
    actions.approve_round(public_id=round_.public_id, actor=world.reviewer)
    ids = list(Case.objects.order_by("pk").values_list("public_id", flat=True))
    actions.enter_payment_file(source_ids=ids, actor=SYSTEM)
    for _again in range(2):
        actions.pay(source_ids=ids[:1], actor=SYSTEM)
        actions.fail_payment(source_ids=ids[1:], actor=SYSTEM)
    assert list(Case.objects.order_by("pk").values_list("state", flat=True)) == ["paid", "payment_failed"]
    rows = LedgerRow.objects.filter(measure="reimbursement.paid")
    assert [(row.programme, row.qty, row.fen) for row in rows] == [("reimbursement.general", 1, 250_00)]
    with pytest.raises(NotAllowed):
        actions.pay(source_ids=ids, actor=world.reviewer)


def test_money_that_comes_back_is_taken_out_of_the_figures(world):
    round_ = testing.applied([world.row(1, "A0001")], world.east, world.clerk)
    actions.approve_round(public_id=round_.public_id, actor=world.reviewer)
    ids = list(Case.objects.order_by("pk").values_list("public_id", flat=True))
    actions.enter_payment_file(source_ids=ids, actor=SYSTEM)
    actions.pay(source_ids=ids, actor=SYSTEM)
    actions.fail_payment(source_ids=ids, actor=SYSTEM)
    rows = LedgerRow.objects.filter(measure="reimbursement.paid")
    assert (sum(row.qty for row in rows), sum(row.fen for row in rows)) == (0, 0)


class TestMatching:
    @pytest.fixture
    def lost(self, world):
        unknown = world.row(1, "A0001", id_number=people.an_id_number(88))
        testing.applied([unknown, world.row(2, "A0002")], world.east, world.clerk)
        return Lost.objects.get()

    def test_by_the_right_number_it_becomes_a_case_for_another_to_look_at(self, world, lost):
        case = actions.match(public_id=lost.public_id, id_number=people.an_id_number(1), actor=world.clerk)
        lost.refresh_from_db()
        assert (lost.state, case.fen, case.sampled) == ("matched", 250_00, "hand")
        assert case.person_id == world.members[0].pk
        refused_with("SAMPLE_OPEN", actions.approve_round, public_id=case.round.public_id, actor=world.reviewer)

    @pytest.mark.parametrize(("serial", "code"), [(55, "PERSON_UNKNOWN"), (3, "OUT_OF_REACH")])
    def test_a_wrong_number_is_refused_beside_the_field(self, world, lost, serial, code):
        with pytest.raises(RuleBroken) as refused:
            actions.match(public_id=lost.public_id, id_number=people.an_id_number(serial), actor=world.clerk)
        assert refused.value.code == code
        assert "id_number" in refused.value.fields
        assert Lost.objects.get().state == "waiting"

    def test_it_can_be_given_up_with_a_reason(self, world, lost):
        actions.give_up_on(public_id=lost.public_id, reason="查无此人，医保局已确认", actor=world.clerk)
        assert Lost.objects.get().state == "given_up"


def test_from_the_file_to_the_bank_and_back(world):
    """The whole way: the member named an account, two people of finance send the file, the bank answers."""
    person = world.members[0]
    pay_actions.name_account(
        person_id=person.pk, bank="甲银行", account_number=payments.a_card(1), actor=people.signed_in(person)
    )
    round_ = testing.applied([world.row(1, "A0001"), world.row(2, "A0002")], world.east, world.clerk)
    actions.approve_round(public_id=round_.public_id, actor=world.reviewer)
    fund = Account.objects.get(union=world.east, side="fund")
    batch = payments.a_released_batch(fund, *payments.finance(world.east))
    sent = Payment.objects.get(batch=batch)
    pay_actions.answer(public_id=batch.public_id, lines=payments.answers([sent]), actor=SYSTEM)
    assert dict(Case.objects.values_list("transaction", "state")) == {"A0001": "paid", "A0002": "approved"}
    row = LedgerRow.objects.get(measure="reimbursement.paid")
    assert (row.fen, row.person_id) == (250_00, world.members[0].pk)
