"""Lines of the bank's file that nobody can place: kept with their cause, once, and ended by two people or a reason."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger import books
from niangjia.commons.payments import actions, late, placing, queries, settling
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.models import Account, BankAnswer, Batch, Payment, StrayLine
from niangjia.commons.people.testing import a_person
from niangjia.commons.unions.testing import an_officer, small_tree
from niangjia.kernel.errors import DomainError, NotAllowed
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.testing.kept import kept

pytestmark = pytest.mark.django_db
SYSTEM, WHY = build.SYSTEM, "银行电话核对过"


@pytest.fixture
def unions():
    return kept(small_tree)


@pytest.fixture
def city(unions):
    return unions["CITY"]


@pytest.fixture
def released(city):
    """Three payments of 7.00 on their way to the bank."""
    fund = build.a_fund(city)
    for n, name in enumerate("一二三"):
        build.a_payment(city, a_person(f"王{name}"), source_id=f"c{n}", fen=700)
    return build.a_released_batch(fund, SYSTEM, SYSTEM)


@pytest.fixture
def payments(released):
    return list(Payment.objects.order_by("pk"))


def read(batch, *lines, actor=SYSTEM):
    return actions.answer(public_id=batch.public_id, lines=lines, file_hash="f" * 64, actor=actor)


def an_unknown(payment, serial="X1", **more):
    return replace(build.an_answer(payment, serial=serial), reference="ZF2020-9000001-0", **more)


def strays():
    return list(StrayLine.objects.order_by("pk").values_list("astray", "state"))


def code_of(act):
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def states():
    return list(Payment.objects.order_by("pk").values_list("state", flat=True))


def test_what_can_be_placed_is_counted_and_the_rest_waits_with_its_cause(released, payments):
    first, second, _third = payments
    good, another = build.an_answer(first), build.an_answer(second)
    told = (good, an_unknown(first), replace(another, fen=999), good)
    outcome = read(released, *told)
    assert (outcome.paid, outcome.failed, outcome.strays) == (1, 0, 3)
    assert states() == ["paid", "released", "released"]
    assert strays() == [("unknown", "waiting"), ("sum_differs", "waiting"), ("doubled", "waiting")]
    assert DeskItem.objects.open().filter(subject_type="payments.strayline").count() == 3
    again = read(released, *told)
    assert (again.paid, again.strays, again.read_before) == (0, 0, True)
    assert len(strays()) == 3
    assert not books.check_books()


def test_a_file_of_another_batch_is_refused_and_nothing_of_it_is_kept(released, payments):
    assert code_of(lambda: read(released, an_unknown(payments[0]))) == "RETURN_FILE"
    assert code_of(lambda: read(released)) == "RETURN_FILE"
    assert not strays()


def test_what_was_set_aside_stays_so_when_the_file_is_read_again_and_can_be_taken_up(released, payments):
    told = (build.an_answer(payments[0]), an_unknown(payments[0]))
    read(released, *told)
    line = StrayLine.objects.get()
    preparer, releaser = build.finance(released.union)
    assert code_of(lambda: actions.set_aside(public_id=line.public_id, reason="", actor=preparer)) == "REASON_NEEDED"
    with pytest.raises(NotAllowed):
        actions.set_aside(public_id=line.public_id, reason=WHY, actor=releaser)
    actions.set_aside(public_id=line.public_id, reason=WHY, actor=preparer)
    read(released, *told)
    assert strays() == [("unknown", "set_aside")]
    assert queries.strays_waiting(preparer) == 0
    actions.take_up(public_id=line.public_id, reason="银行来信说就是我们的", actor=preparer)
    assert queries.strays_waiting(preparer) == 1


def test_one_proposes_another_confirms_and_only_then_the_money_moves(released, payments):
    read(released, build.an_answer(payments[0]), an_unknown(payments[0], "X7"))
    line, target = StrayLine.objects.get(), payments[1]
    preparer, releaser = build.finance(released.union)
    actions.propose_place(public_id=line.public_id, reference=target.number.lower(), reason=WHY, actor=preparer)
    assert states() == ["paid", "released", "released"]
    with pytest.raises(NotAllowed):
        actions.confirm_place(public_id=line.public_id, actor=preparer)
    moved = actions.confirm_place(public_id=line.public_id, actor=releaser)
    assert (moved.state, moved.target, moved.confirmed_by_id) == ("placed", target, releaser.user_id)
    assert states() == ["paid", "paid", "released"]
    assert Account.objects.get(side="paid_out").balance == 1_400
    assert BankAnswer.objects.get(payment=target).serial == "X7"
    read(released, an_unknown(payments[0], "X7"), build.an_answer(payments[0]))
    assert strays() == [("unknown", "placed")]
    assert not books.check_books()


def test_the_same_person_with_two_accounts_does_not_confirm(released, payments):
    read(released, build.an_answer(payments[0]), an_unknown(payments[0]))
    line = StrayLine.objects.get()
    preparer = build.finance(released.union)[0]
    twin = an_officer([(released.union, "finance_releaser")], name="twin")
    actions.propose_place(public_id=line.public_id, reference=payments[1].number, reason=WHY, actor=preparer)
    assert code_of(lambda: actions.confirm_place(public_id=line.public_id, actor=twin)) == "IDENTITY_UNKNOWN"
    number = build.an_id_number(4_800_001)
    for user in (preparer, twin):
        actions.identify(user_id=user.user_id, id_number=number, actor=SYSTEM)
    assert code_of(lambda: actions.confirm_place(public_id=line.public_id, actor=twin)) == "SAME_HANDS"
    assert states() == ["paid", "released", "released"]
    with pytest.raises(IntegrityError), transaction.atomic():
        StrayLine.objects.filter(pk=line.pk).update(confirmed_by=preparer.user_id)


def test_nobody_places_a_line_on_their_own_money(released, payments):
    read(released, build.an_answer(payments[0]), an_unknown(payments[0]))
    preparer, _releaser = build.finance(released.union)
    type(payments[1].person).objects.filter(pk=payments[1].person_id).update(user=preparer.user_id)
    given = {"public_id": StrayLine.objects.get().public_id, "reference": payments[1].number, "reason": WHY}
    assert code_of(lambda: actions.propose_place(actor=preparer, **given)) == "OWN_PAYMENT"


def test_a_line_is_placed_only_where_it_can_belong(city, released, payments):
    first, second, _third = payments
    good = build.an_answer(first, serial="S1")
    read(released, good, an_unknown(first, "X1", fen=999), an_unknown(first, "X2", fen=999, failed=True), good)
    differs, failed, doubled = StrayLine.objects.order_by("pk")
    waiting = build.a_payment(city, a_person("王四"), source_id="c9", fen=999)

    def proposed(line, reference):
        return actions.propose_place(public_id=line.public_id, reference=reference, reason=WHY, actor=SYSTEM)

    assert code_of(lambda: proposed(differs, second.number)) == "PLACE_SUM"
    assert code_of(lambda: proposed(differs, waiting.number)) == "PLACE_NOT_SENT"
    assert code_of(lambda: proposed(differs, "ZF2020-9000001-0")) == "PLACE_UNKNOWN"
    assert code_of(lambda: proposed(doubled, first.number)) == "PLACE_COUNTED"
    assert proposed(failed, second.number).state == "proposed", "what did not arrive may name any sum"
    declined = actions.decline_place(public_id=failed.public_id, reason="不是这一笔", actor=SYSTEM)
    assert (declined.state, declined.target_id, declined.proposed_by_id) == ("waiting", None, None)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_paid_twice_is_counted_once_and_waits_until_one_came_back(released, payments, order):
    payment = payments[0]
    told = [
        build.an_answer(payment, minutes=1),
        build.an_answer(payment, minutes=5),
        build.an_answer(payment, failed=True, cause="退汇", minutes=3),
    ]
    for place in order:
        read(released, told[place])
    assert {state for _astray, state in strays()} <= {"resolved"}
    payment.refresh_from_db()
    assert payment.state == "paid"
    assert not books.check_books()


def test_paid_twice_waits(released, payments):
    read(released, build.an_answer(payments[0], minutes=1), build.an_answer(payments[0], minutes=5))
    assert strays() == [("paid_twice", "waiting")]
    assert Account.objects.get(side="paid_out").balance == 700
    read(released, build.an_answer(payments[0], failed=True, minutes=9))
    assert strays() == [("paid_twice", "waiting")], "what came back afterwards is one of the two"
    assert code_of(lambda: _placed(payments[0])) == "PLACE_COUNTED"


def _placed(payment):
    line = StrayLine.objects.get()
    return actions.propose_place(public_id=line.public_id, reference=payment.number, reason=WHY, actor=SYSTEM)


def test_a_corrected_line_of_the_bank_explains_the_one_with_another_sum(released, payments):
    line = build.an_answer(payments[0], serial="S1")
    read(released, replace(line, fen=999))
    assert states()[0] == "released"
    read(released, line)
    assert strays() == [("sum_differs", "resolved")]
    assert states()[0] == "paid"


def test_a_line_of_another_batch_is_named_so_only_to_who_may_see_it(unions, city, released, payments):
    fund = build.a_fund(unions["EAST"])
    other = build.a_payment(unions["EAST"], a_person("王四"), source_id="e1", fen=700)
    batch = build.a_released_batch(fund, SYSTEM, SYSTEM)
    strange, own = build.an_answer(payments[0], serial="S9"), build.an_answer(other)
    in_east = build.finance(unions["EAST"], "east")[0]
    read(batch, own, strange, actor=in_east)
    line = StrayLine.objects.get()
    assert (line.astray, line.about_id) == ("unknown", None)
    in_city = build.finance(city, "city")[0]
    read(released, build.an_answer(payments[1]), replace(own, serial="S8"), actor=in_city)
    line = StrayLine.objects.get(batch=released)
    assert (line.astray, line.about) == ("elsewhere", other)
    read(batch, replace(own, serial="S8"), actor=in_east)
    line.refresh_from_db()
    assert line.state == "resolved", "its own batch has read it meanwhile"


@pytest.fixture
def given_up(released, payments):
    """The first payment failed, and was corrected since; with the one that follows."""
    payment = payments[0]
    read(released, build.an_answer(payment, failed=True, cause="无此户"))
    actions.name_account(person_id=payment.person_id, bank="乙银行", account_number=build.a_card(5), actor=SYSTEM)
    payment.refresh_from_db()
    return payment, Payment.objects.get(attempt=2)


def test_a_late_word_waits_until_it_is_settled(released, given_up):
    payment, following = given_up
    assert read(released, build.an_answer(payment, minutes=5)).strays == 1
    assert read(released, build.an_answer(payment, minutes=5)).strays == 0
    assert strays() == [("paid_late", "waiting")]
    line = StrayLine.objects.get()
    named = {"public_id": line.public_id, "reference": following.number, "reason": WHY, "actor": SYSTEM}
    assert code_of(lambda: actions.propose_place(**named)) == "PLACE_LATE"
    actions.settle(public_id=payment.public_id, actor=SYSTEM)
    assert strays() == [("paid_late", "resolved")]
    assert not books.check_books()


def late_line(released, payment, minutes=5):
    read(released, build.an_answer(payment, minutes=minutes))
    return StrayLine.objects.get(astray="paid_late", state="waiting")


def is_blocked(following):
    """Whether the attempt that followed goes to no bank."""
    with transaction.atomic():
        try:
            actions.draw_up(account=following.account.public_id, actor=SYSTEM)
        except DomainError as refused:
            return refused.code == "PAID_MEANWHILE"
        transaction.set_rollback(True)
        return False


def set_aside_by_two(line, preparer, releaser):
    actions.propose_aside(public_id=line.public_id, reason=WHY, actor=preparer)
    return actions.confirm_aside(public_id=line.public_id, actor=releaser)


def test_a_late_word_is_set_aside_by_two_people_alone_and_only_then_the_second_is_paid(released, given_up):
    payment, following = given_up
    line, (preparer, releaser) = late_line(released, payment), build.finance(released.union)
    named = {"public_id": line.public_id, "reason": WHY}
    assert code_of(lambda: actions.set_aside(actor=preparer, **named)) == "ASIDE_BY_TWO"
    actions.propose_aside(actor=preparer, **named)
    assert is_blocked(following)
    with pytest.raises(NotAllowed):
        actions.confirm_aside(public_id=line.public_id, actor=preparer)
    declined = actions.decline_aside(actor=releaser, **named)
    assert (declined.state, declined.proposed_by_id, is_blocked(following)) == ("waiting", None, True)
    done = set_aside_by_two(line, preparer, releaser)
    assert (done.state, done.found_wrong, done.confirmed_by_id) == ("set_aside", True, releaser.user_id)
    assert code_of(lambda: actions.settle(public_id=payment.public_id, actor=preparer)) == "NOT_CONTRARY"
    assert not settling.read(late.waiting(SYSTEM))
    build.a_released_batch(following.account, preparer, releaser)
    following.refresh_from_db()
    read(following.batch, build.an_answer(following, minutes=60))
    assert Account.objects.get(side="paid_out").balance == 700
    assert not books.check_books()


def test_who_proposed_it_under_another_account_does_not_agree(released, given_up):
    line, preparer = late_line(released, given_up[0]), build.finance(released.union)[0]
    twin = an_officer([(released.union, "finance_releaser")], name="twin")
    number = build.an_id_number(4_800_001)
    for user in (preparer, twin):
        actions.identify(user_id=user.user_id, id_number=number, actor=SYSTEM)
    actions.propose_aside(public_id=line.public_id, reason=WHY, actor=preparer)
    assert code_of(lambda: actions.confirm_aside(public_id=line.public_id, actor=twin)) == "SAME_HANDS"
    assert is_blocked(given_up[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        StrayLine.objects.filter(pk=line.pk).update(found_wrong=True)


@pytest.mark.parametrize("minutes", [3, 9])
def test_another_word_of_the_bank_blocks_the_second_again(released, given_up, minutes):
    """Also one that is older by the bank's clock and read later: it is another transaction."""
    payment, following = given_up
    set_aside_by_two(late_line(released, payment), *build.finance(released.union))
    assert read(released, build.an_answer(payment, minutes=5)).contrary == (), "the same file again says nothing new"
    assert not is_blocked(following)
    again = late_line(released, payment, minutes)
    assert is_blocked(following)
    batch = _drawn_with(following)
    assert code_of(lambda: actions.prepare(public_id=batch, actor=SYSTEM)) == "PAID_MEANWHILE"
    set_aside_by_two(again, *build.finance(released.union, "second"))
    assert actions.prepare(public_id=batch, actor=SYSTEM).state == "prepared"


def _drawn_with(following):
    """A batch drawn up as if the late word had come a moment after."""
    batch = Batch(account=following.account, union_id=following.union_id)
    lifecycle.open(batch, actor=SYSTEM, decision=allow("system"))
    Payment.objects.filter(pk=following.pk).update(batch=batch)
    following.refresh_from_db()
    lifecycle.apply(following, "draw_up", actor=SYSTEM, decision=allow("system"))
    return batch.public_id


def test_taken_up_again_it_blocks_again_and_a_word_after_both_were_paid_pays_nobody(released, given_up):
    payment, following = given_up
    line = late_line(released, payment)
    set_aside_by_two(line, SYSTEM, SYSTEM)
    taken = actions.take_up(public_id=line.public_id, reason=WHY, actor=SYSTEM)
    assert (taken.found_wrong, is_blocked(following)) == (False, True)
    set_aside_by_two(line, SYSTEM, SYSTEM)
    build.a_released_batch(following.account, SYSTEM, SYSTEM)
    following.refresh_from_db()
    read(following.batch, build.an_answer(following, minutes=60))
    late_line(released, payment, 90)
    assert Account.objects.get(side="paid_out").balance == 700
    assert code_of(lambda: actions.settle(public_id=payment.public_id, actor=SYSTEM)) == "GONE_TO_BANK"
    assert not books.check_books()


def test_a_late_word_of_a_cancelled_payment_waits_until_the_money_is_back(released, payments):
    payment = payments[0]
    read(released, build.an_answer(payment, failed=True))
    actions.cancel(public_id=payment.public_id, reason="不再需要付款", actor=SYSTEM)
    read(released, build.an_answer(payment, minutes=5))
    assert strays() == [("paid_late", "waiting")]
    read(released, build.an_answer(payment, failed=True, cause="退汇", minutes=9))
    assert strays() == [("paid_late", "resolved")]
    assert Account.objects.get(side="paid_out").balance == 0
    assert not books.check_books()


def test_placed_on_one_that_was_given_up_it_becomes_a_late_word(released, given_up):
    payment, _following = given_up
    read(
        released,
        build.an_answer(Payment.objects.order_by("pk")[1]),
        an_unknown(payment, "X3", at=build.an_answer(payment, minutes=30).at),
    )
    line = StrayLine.objects.get()
    actions.propose_place(public_id=line.public_id, reference=payment.number, reason=WHY, actor=SYSTEM)
    actions.confirm_place(public_id=line.public_id, actor=SYSTEM)
    assert strays() == [("unknown", "placed"), ("paid_late", "waiting")]
    assert Account.objects.get(side="paid_out").balance == 700


def test_who_sees_nothing_there_finds_nothing(unions, released, payments):
    read(released, build.an_answer(payments[0]), an_unknown(payments[0]))
    line = StrayLine.objects.get()
    stranger = build.finance(unions["EAST"], "east")[0]
    assert code_of(lambda: actions.set_aside(public_id=line.public_id, reason=WHY, actor=stranger)) == "STRAY_NOT_FOUND"
    assert code_of(lambda: queries.stray_for(stranger, line.public_id)) == "STRAY_NOT_FOUND"
    assert placing.candidates(stranger, line) == []
