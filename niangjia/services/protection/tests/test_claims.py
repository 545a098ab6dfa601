"""A claim from the first word to the money: who may, in which order, and what it leaves behind."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from niangjia.commons.desk import queries as desk
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people.corrections.testing import a_photo
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel.errors import Conflict, DomainError, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.notices.models import Message
from niangjia.services.protection import actions, books, judging, testing
from niangjia.services.protection.claim_models import AccumulatorEntry, Calculation, Claim, SampleSeed
from niangjia.services.protection.states import CLAIM, ClaimState

REASON = "请补一张清楚的诊断证明"


@pytest.fixture
def hands(world):
    return {"unit": world.unit, "agency": world.agency, "office": world.office, "second": world.other_office}


@pytest.fixture
def member(world):
    return testing.an_insured(world.second, world.firm, 1)


def told(actor) -> list[str]:
    return list(Message.objects.filter(user_id=actor.user_id).order_by("id").values_list("kind", flat=True))


def code_of(call) -> str:
    with pytest.raises(DomainError) as refused:
        call()
    return refused.value.code


def test_the_whole_way_from_phone_to_money(world, member, hands):
    claim = testing.a_claim(world.plan, member)
    assert claim.version == world.second
    assert [row.line.number for row in desk.my_desk(world.unit)] == [claim.number]
    actions.confirm_unit(public_id=claim.public_id, actor=world.unit)
    assert [row.line.number for row in desk.my_desk(world.agency)] == [claim.number]
    actions.check(public_id=claim.public_id, actor=world.agency)
    assert [row.line.number for row in desk.my_desk(world.office)] == [claim.number]
    paid = testing.through_to(ClaimState.PAID, claim, **hands)

    assert (paid.approved_fen, paid.paid_fen) == (20_000_00, 20_000_00)
    rows = {row.measure: row for row in LedgerRow.objects.filter(source_type="protection.claim")}
    assert (rows["protection.paid"].programme, rows["protection.paid"].qty, rows["protection.paid"].fen) == (
        "protection.free.six",
        1,
        20_000_00,
    )
    assert rows["protection.paid"].union_id == world.firm.pk
    assert told(member) == ["protection.received", "protection.approved", "protection.paid"]
    assert desk.my_desk(world.office) == []


def test_a_claim_is_judged_by_the_version_in_force_on_the_day_of_the_event(world):
    world.clock.set(date(2022, 1, 20))
    member = testing.a_member(world.firm, 5)
    person = testing.Person.objects.get(pk=member.person_id)
    testing.an_enrolment(world.first, person, world.firm, from_day=date(2021, 6, 1), protected_since=date(2020, 6, 1))
    begun = testing.a_begun_claim(world.plan, member, "women_disease", event_day=date(2021, 12, 31))
    assert code_of(lambda: actions.submit(public_id=begun.public_id, actor=member)) == "COVER_UNKNOWN"
    actions.fill(public_id=begun.public_id, actor=member, event_day=date(2022, 1, 1))
    assert actions.submit(public_id=begun.public_id, actor=member).version == world.second


@pytest.mark.parametrize(
    ("cover", "yuan"),
    [
        ("critical_illness", 20_000),
        ("accident", 10_000),
        ("child_accident", 1_500),
        ("home_loss", 2_500),
        ("women_disease", 15_000),
    ],
)
def test_each_cover_is_paid_as_its_terms_say_and_the_sum_is_kept(world, member, hands, cover, yuan):
    claim = testing.through_to(ClaimState.APPROVED, testing.a_claim(world.plan, member, cover), **hands)
    kept = claim.calculations.get()
    assert (claim.approved_fen, kept.fen) == (yuan * 100, yuan * 100)
    assert judging.replay(kept) == kept.result
    assert sum(AccumulatorEntry.objects.filter(measure="fen", cover="").values_list("amount", flat=True)) == yuan * 100


def test_of_the_dead_a_relative_claims_at_the_counter_with_proof_d66(world, hands):
    insured = testing.an_insured(world.second, world.firm, 1)
    claim = actions.begin(plan_id=world.plan.pk, person_id=insured.person_id, actor=world.agency)
    key, day = claim.public_id, date(2026, 2, 20)
    actions.fill(
        public_id=key, actor=world.agency, event_day=day, cover="death", bank_account=testing.a_card(), kinship="spouse"
    )
    for paper in ("identity", "death"):
        actions.attach(public_id=key, paper=paper, upload=a_photo(), actor=world.agency)
    assert code_of(lambda: actions.submit(public_id=key, actor=world.agency)) == "CLAIMANT"
    actions.fill(public_id=key, actor=world.agency, claimant_name="王试", claimant_phone="15400000009")
    assert code_of(lambda: actions.submit(public_id=key, actor=world.agency)) == "PAPERS_MISSING"
    actions.attach(public_id=key, paper="kinship", upload=a_photo(), actor=world.agency)
    sent = actions.submit(public_id=key, actor=world.agency)
    assert (sent.payee_name, sent.at_counter) == ("王试", True)
    done = testing.through_to(ClaimState.PAID, sent, **hands)
    assert done.paid_fen == 30_000_00


def test_who_took_a_claim_at_the_counter_does_not_decide_it_d67(world, hands):
    both = unions.an_officer([(world.city, Role.AGENCY_CLERK), (world.city, Role.REVIEWER)], "both")
    insured = testing.an_insured(world.second, world.firm, 1)
    claim = actions.begin(plan_id=world.plan.pk, person_id=insured.person_id, actor=both)
    Claim.objects.filter(pk=claim.pk).update(event_day=date(2026, 2, 20))
    actions.fill(public_id=claim.public_id, actor=both, cover="home_loss", told=testing.told("home_loss"),
                 bank_account=testing.a_card())  # fmt: skip
    for paper in ("identity", "property", "property_proof"):
        actions.attach(public_id=claim.public_id, paper=paper, upload=a_photo(), actor=both)
    actions.submit(public_id=claim.public_id, actor=both)
    testing.through_to(ClaimState.OFFICE_REVIEW, claim, **hands)
    assert code_of(lambda: actions.approve(public_id=claim.public_id, actor=both)) == "SELF_APPROVAL"


def test_the_employer_and_strangers_are_told_nothing_d64_d65(world, member):
    claim = testing.a_claim(world.plan, member)
    stranger = testing.a_member(world.firm, 8)
    west = unions.an_officer([(world.tree["WEST"], Role.UNION_OFFICER), (world.tree["WEST"], Role.REVIEWER)], "west")
    for actor in (world.agent, stranger, west):
        for act in (actions.confirm_unit, actions.check, actions.review, actions.approve, actions.withdraw):
            with pytest.raises(NotFound):
                act(public_id=claim.public_id, actor=actor)


def test_each_step_belongs_to_its_office(world, member):
    claim = testing.a_claim(world.plan, member)
    for actor in (world.agency, world.office):
        with pytest.raises(NotAllowed):
            actions.confirm_unit(public_id=claim.public_id, actor=actor)
    with pytest.raises(NotAllowed):
        actions.withdraw(public_id=claim.public_id, actor=world.unit)


def test_where_the_tree_has_no_unit_below_the_agency_the_step_is_skipped(world):
    at_street = testing.an_insured(world.second, world.tree["EAST-1"], 3)
    assert testing.a_claim(world.plan, at_street).state == ClaimState.UNIT_CONFIRMED
    own = testing.a_version(testing.a_plan(world.tree["EAST-1"], "street"), valid_from=date(2025, 1, 1))
    insured = testing.an_insured(own, world.tree["EAST-1"], 4)
    assert testing.a_claim(own.plan, insured).state == ClaimState.AGENCY_CHECKED


def test_two_pairs_of_eyes_decide_where_the_plan_asks_for_it(world, member, hands):
    claim = testing.through_to(ClaimState.OFFICE_REVIEW, testing.a_claim(world.plan, member), **hands)
    assert code_of(lambda: actions.approve(public_id=claim.public_id, actor=world.office)) == "FOUR_EYES"
    assert code_of(lambda: actions.refuse(public_id=claim.public_id, reason=REASON, actor=world.office)) == "FOUR_EYES"
    assert actions.approve(public_id=claim.public_id, actor=world.other_office).state == ClaimState.APPROVED


def test_a_plan_without_four_eyes_needs_them_for_what_the_sample_draws(world, hands):
    plan, version = testing.general(world.city)
    member = testing.an_insured(version, world.firm, 1)
    SampleSeed.objects.create(month="2026-03", seed="leaves the first ones out")
    small = testing.through_to(ClaimState.OFFICE_REVIEW, testing.a_claim(plan, member, "hospital_stay"), **hands)
    large = testing.through_to(ClaimState.OFFICE_REVIEW, testing.a_claim(plan, member, "critical_illness"), **hands)
    assert (small.second_review, large.second_review) == ("", "amount")
    assert actions.approve(public_id=small.public_id, actor=world.office).approved_fen == 360_00
    assert code_of(lambda: actions.approve(public_id=large.public_id, actor=world.office)) == "FOUR_EYES"


def test_asking_for_more_stops_the_clock_and_says_nothing_in_the_audit(world, member, hands):
    claim = testing.through_to(ClaimState.AGENCY_CHECKED, testing.a_claim(world.plan, member), **hands)
    before = desk.open_item("protection.claim", claim.pk).due_at
    actions.ask_more(public_id=claim.public_id, reason=REASON, actor=world.office)
    waiting = desk.open_item("protection.claim", claim.pk)
    assert (waiting.role, waiting.days_left) == ("self", 10)
    assert "诊断" not in str(list(AuditEntry.objects.values_list("reason", "data")))
    assert code_of(lambda: actions.supply(public_id=claim.public_id, note=" ", actor=member)) == "SUPPLY_EMPTY"
    world.clock.forward(days=7)
    actions.attach(public_id=claim.public_id, paper="diagnosis", upload=a_photo(), actor=member)
    supplied = actions.supply(public_id=claim.public_id, note="", actor=member)
    assert supplied.state == ClaimState.AGENCY_CHECKED
    assert desk.open_item("protection.claim", claim.pk).due_at == before + timedelta(days=7)


def test_a_bill_is_used_once_whoever_brings_it_d57(world, member, hands):
    other = testing.an_insured(world.second, world.tree["WEST-1"], 2)
    bill = testing.Bill("第一 试验医院", "ｔ-0001", 500_00)
    first = testing.a_claim(world.plan, member, "child_accident", bills=(bill,))
    same = testing.Bill("第一试验医院", "T0001", 500_00)
    second = testing.a_begun_claim(world.plan, other, "child_accident", bills=(same,))
    assert code_of(lambda: actions.submit(public_id=second.public_id, actor=other)) == "DUP_BILL"
    actions.withdraw(public_id=first.public_id, actor=member)
    assert actions.submit(public_id=second.public_id, actor=other).state == ClaimState.UNIT_CONFIRMED


def test_one_event_is_claimed_once_and_what_was_sent_is_not_edited(world, member):
    day = date(2026, 2, 1)
    sent = testing.a_claim(world.plan, member, event_day=day)
    again = testing.a_begun_claim(world.plan, member, event_day=day)
    assert code_of(lambda: actions.submit(public_id=again.public_id, actor=member)) == "CLAIM_OPEN"
    with pytest.raises(Conflict):
        actions.fill(public_id=sent.public_id, actor=member, cover="accident")
    with pytest.raises(Conflict):
        actions.attach(public_id=sent.public_id, paper="diagnosis", upload=a_photo(), actor=member)


def test_what_was_used_meanwhile_is_shown_before_anything_is_cut(world, member, hands):
    """The cap of a period: the second of two reviewed claims must be looked at again."""
    plan = testing.a_plan(world.city, "tight", programme="protection.free.tight")
    terms = testing.replace(testing.six.six_gifts(6), cap_fen=25_000_00, limits=())
    tight = testing.a_version(plan, terms, valid_from=date(2025, 1, 1))
    person = testing.Person.objects.get(pk=member.person_id)
    testing.an_enrolment(tight, person, world.firm, from_day=date(2026, 1, 1), protected_since=date(2025, 1, 1))
    both = [
        testing.through_to(ClaimState.OFFICE_REVIEW, testing.a_claim(plan, member, cover), **hands)
        for cover in ("critical_illness", "women_disease")
    ]
    actions.approve(public_id=both[0].public_id, actor=world.other_office)
    second = both[1].public_id
    assert code_of(lambda: actions.approve(public_id=second, actor=world.other_office)) == "CALCULATION_CHANGED"
    again = actions.recalculate(public_id=second, actor=world.office)
    assert [step.code for step in again.result.reductions] == ["LIMIT_FEN"]
    assert actions.approve(public_id=second, actor=world.other_office).approved_fen == 5_000_00


def test_a_second_time_in_a_life_is_worth_nothing_and_must_be_refused(world, member, hands):
    testing.through_to(ClaimState.PAID, testing.a_claim(world.plan, member), **hands)
    world.clock.forward(days=20)
    again = testing.through_to(ClaimState.OFFICE_REVIEW, testing.a_claim(world.plan, member), **hands)
    key = again.public_id
    assert code_of(lambda: actions.approve(public_id=key, actor=world.other_office)) == "NOTHING_TO_PAY"
    assert actions.refuse(public_id=key, reason="终身只给付一次", actor=world.other_office).state == "refused"


def test_an_appeal_is_made_once_and_decided_by_somebody_else(world, member, hands):
    third = unions.an_officer([(world.city, Role.REVIEWER)], "third")
    claim = testing.through_to(ClaimState.OFFICE_REVIEW, testing.a_claim(world.plan, member), **hands)
    actions.refuse(public_id=claim.public_id, reason="材料不清楚", actor=world.other_office)
    appeal = actions.lodge(public_id=claim.public_id, ground="材料是清楚的", actor=member)
    for actor in (world.office, world.other_office):
        call = lambda actor=actor: actions.uphold(public_id=appeal.public_id, reason="应当赔付", actor=actor)  # noqa: E731
        assert code_of(call) == "DECIDED_BEFORE"
    actions.uphold(public_id=appeal.public_id, reason="应当赔付", actor=third)
    claim.refresh_from_db()
    assert (claim.state, claim.round) == (ClaimState.AGENCY_CHECKED, 2)
    actions.review(public_id=claim.public_id, actor=third)
    assert code_of(lambda: actions.approve(public_id=claim.public_id, actor=world.other_office)) == "DECIDED_BEFORE"
    actions.approve(public_id=claim.public_id, actor=world.office)
    assert code_of(lambda: actions.lodge(public_id=claim.public_id, ground="还要更多", actor=member)) == "APPEAL_ONCE"


def test_after_an_appeal_only_the_difference_is_paid_and_counted(world, member, hands):
    third = unions.an_officer([(world.city, Role.REVIEWER)], "third")
    claim = testing.through_to(ClaimState.PAID, testing.a_claim(world.plan, member, "accident", grade="9"), **hands)
    appeal = actions.lodge(public_id=claim.public_id, ground="鉴定书写的是七级", actor=member)
    actions.uphold(public_id=appeal.public_id, reason="按鉴定书更正等级", actor=third)
    actions.correct(public_id=claim.public_id, told=testing.told("accident", grade="7"), actor=third)
    actions.review(public_id=claim.public_id, actor=third)
    actions.approve(public_id=claim.public_id, actor=world.office)
    claim = testing.through_to(ClaimState.PAID, claim, **hands)
    rows = LedgerRow.objects.filter(measure="protection.paid")
    assert sorted(rows.values_list("qty", "fen")) == [(0, 6_000_00), (1, 4_000_00)]
    assert claim.paid_fen == sum(AccumulatorEntry.objects.filter(measure="fen").values_list("amount", flat=True))


def test_too_late_for_an_appeal(world, member, hands):
    claim = testing.through_to(ClaimState.UNIT_CONFIRMED, testing.a_claim(world.plan, member), **hands)
    actions.refuse(public_id=claim.public_id, reason="不在保障范围", actor=world.agency)
    world.clock.forward(days=60)
    with pytest.raises(RuleBroken) as refused:
        actions.lodge(public_id=claim.public_id, ground="我不同意", actor=member)
    assert refused.value.code == "APPEAL_LATE"


def test_a_failed_payment_waits_and_is_sent_again(world, member, hands):
    claim = testing.through_to(ClaimState.IN_PAYMENT_FILE, testing.a_claim(world.plan, member), **hands)
    system = testing.SYSTEM
    testing.bank_pays(claim.public_id, failed=True)
    claim.refresh_from_db()
    failed = claim
    assert (failed.state, failed.paid_fen) == (ClaimState.PAYMENT_FAILED, 0)
    assert not LedgerRow.objects.filter(measure="protection.paid").exists()
    assert actions.pay(public_id=claim.public_id, actor=system).paid_fen == 20_000_00
    with pytest.raises(InvalidMove):
        actions.pay(public_id=claim.public_id, actor=system)
    back = actions.fail_payment(public_id=claim.public_id, cause="CAME_BACK", actor=system)
    assert (back.state, back.paid_fen) == (ClaimState.PAYMENT_FAILED, 0)
    assert not LedgerRow.objects.live().filter(measure="protection.paid").exists()
    actions.retry_payment(public_id=claim.public_id, actor=system)
    forgone = actions.forgo_payment(public_id=claim.public_id, reason="本人不再领取", actor=system)
    assert (forgone.state, forgone.approved_fen) == (ClaimState.CLOSED, 0)
    assert list(books.check()) == []
    for act in (actions.enter_payment_file, actions.pay):
        with pytest.raises(NotAllowed):
            act(public_id=claim.public_id, actor=world.office)


@pytest.mark.parametrize("table", [Calculation, AccumulatorEntry])
def test_what_was_calculated_and_used_is_never_changed(world, member, hands, table):
    testing.through_to(ClaimState.APPROVED, testing.a_claim(world.plan, member), **hands)
    row = table.objects.first()
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.filter(pk=row.pk).update(claim=row.claim_id + 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.filter(pk=row.pk).delete()


def stand(claim, state: str) -> None:
    """Put a claim into a state behind the lifecycle's back."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE protection_claim SET state = %s WHERE id = %s", [state, claim.pk])


def test_every_cell_of_the_machine(world, member):
    """Every event from every state is a move or a refusal by its name, whatever it finds."""
    claim = testing.a_claim(world.plan, member)
    calls = {
        "submit": {}, "confirm_unit": {}, "check": {}, "ask_more": {"reason": REASON}, "supply": {"note": "补充"},
        "review": {}, "approve": {}, "refuse": {"reason": REASON}, "withdraw": {}, "lapse": {},
        "enter_payment_file": {}, "pay": {}, "fail_payment": {"cause": "WRONG_CARD"}, "leave_payment_file": {},
        "retry_payment": {}, "forgo_payment": {"reason": REASON},
        "reopen": {"reason": REASON}, "close_claim": {},
    }  # fmt: skip
    for state, event, move in CLAIM.cells():
        if event == "begin" or move is not None:
            continue
        stand(claim, state)
        with pytest.raises((InvalidMove, Conflict), match=r"MOVE_NOT_ALLOWED|NO_APPEAL"):
            getattr(actions, event)(public_id=claim.public_id, actor=testing.SYSTEM, **calls[event])
