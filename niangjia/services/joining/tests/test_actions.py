"""From applying to membership, and every way in which it can end otherwise."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.desk import queries as desk
from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.parameters import parameters
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.actions import NewEmployer, register_employer
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import Conflict, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.kernel.identifiers import uscc_check_character
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data import consents
from niangjia.services.joining import actions, jobs, queries, testing
from niangjia.services.joining.models import Application
from niangjia.services.joining.states import APPLICATION

SYSTEM = Actor.system("test")
USCC = "91110105MA0000001" + uscc_check_character("91110105MA0000001")


def told(actor: Actor) -> list[str]:
    return list(Message.objects.filter(user_id=actor.user_id).order_by("id").values_list("kind", flat=True))


def test_an_application_gets_a_number_a_union_and_a_promise(world, sent):
    application = sent.application
    assert application.number == "RH2026-0000001-2"
    assert application.responsible == world.street
    assert kernel_clock.day_of(application.promised_by) == date(2026, 3, 25)
    assert told(sent.applicant) == ["joining.received"]
    assert [row.line.number for row in desk.my_desk(world.officer)] == [application.number]
    assert consents.holds("joining", application.public_id)


def test_approval_makes_a_member_with_card_number_ledger_and_notice(world, sent):
    application = actions.approve(public_id=sent.key, actor=world.officer)
    membership = Membership.objects.get()
    assert (membership.union, membership.person) == (world.street, application.person)
    assert membership.person.user_id == sent.applicant.user_id
    assert application.state == "approved"
    assert told(sent.applicant) == ["joining.received", "joining.approved"]
    measures = dict(LedgerRow.objects.values_list("measure", "qty"))
    assert measures["joining.joined"] == 1
    assert measures["joining.answered"] == 1
    assert desk.my_desk(world.officer) == []
    assert consents.holds("joining", membership.person.public_id)


def test_the_union_of_the_employer_answers_when_its_code_is_known(world):
    plan = NewEmployer(name="飞快快递有限公司", kind="private", uscc=USCC, headcount=80, union_id=world.firm.pk)
    employer = register_employer(actor=SYSTEM, plan=plan)
    by_code, _one = testing.application(2, world.street, employer_code=employer.uscc)
    by_name, _two = testing.application(3, world.street, employer_name="飞快快递有限公司")
    assert {by_code.responsible, by_name.responsible} == {world.firm}


def test_the_employers_management_sees_nothing(world):
    application, _applicant = testing.application(2, world.street)
    actions.send_on(public_id=application.public_id, union_code="FIRM", reason="单位有工会", actor=world.officer)
    assert queries.application_for(world.firm_officer, application.public_id)
    with pytest.raises(NotFound):
        queries.application_for(world.agent, application.public_id)
    for act in (actions.approve, actions.endorse):
        with pytest.raises(NotFound):
            act(public_id=application.public_id, actor=world.agent)


def test_another_street_sees_nothing_and_the_district_reads_but_does_not_decide(world, sent):
    with pytest.raises(NotFound):
        queries.application_for(world.other_officer, sent.key)
    assert queries.application_for(world.district, sent.key)
    with pytest.raises(NotAllowed) as caught:
        actions.approve(public_id=sent.key, actor=world.district)
    assert caught.value.code == "NOT_RESPONSIBLE"


def test_nobody_decides_about_oneself(world):
    application, applicant = testing.application(2, world.street)
    unions.appoint(actor=SYSTEM, user_id=applicant.user_id, union_id=world.street.pk, role=Role.UNION_OFFICER)
    from niangjia.platform.accounts.models import User

    oneself = unions.staff(User.objects.get(pk=applicant.user_id))
    with pytest.raises(NotFound):
        actions.approve(public_id=application.public_id, actor=oneself)


def test_asking_for_more_pauses_the_clock_and_supplying_resumes_it(world, sent):
    world.clock.set(date(2026, 3, 11))
    actions.ask_more(public_id=sent.key, reason="请核对您的职业类别", actor=world.officer)
    application = Application.objects.get()
    assert (application.state, application.answer_reason) == ("supplement", "请核对您的职业类别")
    assert queries.progress(application).paused_until is not None
    world.clock.set(date(2026, 3, 18))
    corrected = testing.answers(1, world.street, category="delivery_rider")
    actions.supply(public_id=sent.key, answers=corrected, note="我送餐", actor=sent.applicant)
    application = Application.objects.get()
    assert (application.state, application.category, application.applicant_note) == (
        "submitted", "delivery_rider", "我送餐",
    )  # fmt: skip
    assert kernel_clock.day_of(queries.progress(application).answer_by) == date(2026, 4, 1)


def test_who_does_not_supply_in_time_is_reminded_once_and_then_lapses(world, sent):
    actions.ask_more(public_id=sent.key, reason="请核对您的姓名", actor=world.officer)
    due = DeskItem.objects.open().get().due_at
    world.clock.set(kernel_clock.day_of(due))
    jobs.remind_applicants(None)
    jobs.remind_applicants(None)
    assert told(sent.applicant)[1:] == ["joining.asked_more", "joining.reminded"]
    assert jobs.lapse_unsupplied(None) == {"lapsed": 0}
    world.clock.forward(days=1)
    assert jobs.lapse_unsupplied(None) == {"lapsed": 1}
    assert jobs.lapse_unsupplied(None) == {"lapsed": 0}
    assert Application.objects.get().state == "lapsed"
    again, _actor = testing.application(9, world.street)
    assert again.state == "submitted"


def test_sending_on_keeps_the_promise(world, sent):
    actions.send_on(public_id=sent.key, union_code="EAST-2", reason="在二街道工作", actor=world.officer)
    item = DeskItem.objects.open().get()
    assert (item.union.code, item.due_at) == ("EAST-2", sent.application.promised_by)
    assert told(sent.applicant) == ["joining.received", "joining.sent_on"]


@pytest.mark.parametrize(
    ("code", "error"),
    [("NOWHERE", "UNION_UNKNOWN"), ("EAST-1", "SAME_UNION"), ("CITY", "UNION_TAKES_NO_MEMBERS")],
)
def test_sending_on_needs_a_union_that_fits(world, sent, code, error):
    with pytest.raises(RuleBroken) as caught:
        actions.send_on(public_id=sent.key, union_code=code, reason="换个工会办", actor=world.officer)
    assert caught.value.code == error
    assert "union_code" in caught.value.fields


def test_a_refusal_carries_a_reason_that_the_applicant_reads(world, sent):
    with pytest.raises(RuleBroken):
        actions.refuse(public_id=sent.key, reason="不", actor=world.officer)
    actions.refuse(public_id=sent.key, reason="证件与本人不符", actor=world.officer)
    assert Application.objects.get().answer_reason == "证件与本人不符"
    assert told(sent.applicant)[-1] == "joining.refused"
    again = actions.submit(answers=testing.answers(1, world.street), actor=sent.applicant)
    assert again.state == "submitted"


def test_the_applicant_may_withdraw_while_it_is_open(world, sent):
    actions.withdraw(public_id=sent.key, actor=sent.applicant)
    with pytest.raises(InvalidMove):
        actions.withdraw(public_id=sent.key, actor=sent.applicant)
    with pytest.raises(InvalidMove):
        actions.approve(public_id=sent.key, actor=world.officer)


def test_nobody_else_withdraws_or_supplies(world, sent):
    stranger = testing.applicant(7)
    with pytest.raises(NotFound):
        actions.withdraw(public_id=sent.key, actor=stranger)
    with pytest.raises(NotAllowed):
        actions.withdraw(public_id=sent.key, actor=world.officer)


# The chain


@pytest.fixture
def chain(world):
    parameters.publish(
        code="joining.chain", union_id=world.tree["EAST"].pk, valid_from=date(2026, 3, 1),
        value=["grassroots", "street"], reason="本区要求街道复核", actor=SYSTEM,
    )  # fmt: skip
    application, _applicant = testing.application(4, world.street)
    actions.send_on(public_id=application.public_id, union_code="FIRM", reason="单位有工会", actor=world.officer)
    return application.public_id


def test_with_a_chain_the_first_union_passes_it_up_and_the_street_answers(world, chain):
    with pytest.raises(RuleBroken) as caught:
        actions.approve(public_id=chain, actor=world.firm_officer)
    assert caught.value.code == "CHAIN_CONTINUES"
    moved = actions.endorse(public_id=chain, actor=world.firm_officer)
    assert (moved.state, moved.responsible) == ("upper_review", world.street)
    actions.approve(public_id=chain, actor=world.officer)
    assert Membership.objects.get().union == world.firm


def test_the_street_may_ask_for_more_and_gets_it_back(world, chain):
    actions.endorse(public_id=chain, actor=world.firm_officer)
    actions.ask_more(public_id=chain, reason="请核对工作单位", actor=world.officer)
    applicant = Actor(ActorKind.MEMBER, user_id=Application.objects.get(public_id=chain).applicant_id)
    actions.supply(public_id=chain, answers=testing.answers(4, world.street), note="", actor=applicant)
    assert Application.objects.get(public_id=chain).state == "upper_review"


def test_without_a_chain_there_is_nothing_to_pass_up(world, sent):
    with pytest.raises(RuleBroken) as caught:
        actions.endorse(public_id=sent.key, actor=world.officer)
    assert caught.value.code == "CHAIN_ENDS"


# One person, one membership


def test_a_second_application_is_answered_with_the_first(world, sent):
    with pytest.raises(Conflict) as caught:
        actions.submit(answers=testing.answers(1, world.street), actor=sent.applicant)
    assert caught.value.code == "APPLICATION_OPEN"
    assert sent.application.number in str(caught.value.message)
    assert Application.objects.count() == 1


def test_a_member_who_gives_name_and_number_is_told_so(world, sent):
    actions.approve(public_id=sent.key, actor=world.officer)
    with pytest.raises(Conflict) as caught:
        actions.submit(answers=testing.answers(1, world.street), actor=testing.applicant(8))
    assert caught.value.code == "ALREADY_MEMBER"
    assert world.street.name not in str(caught.value.message)


def test_a_members_number_under_another_name_is_only_said_to_be_checked(world, sent):
    actions.approve(public_id=sent.key, actor=world.officer)
    second = actions.submit(answers=testing.answers(1, world.street, name="李试"), actor=testing.applicant(8))
    assert second.identity_check
    assert told(Actor(ActorKind.MEMBER, user_id=second.applicant_id)) == ["joining.checking"]
    with pytest.raises(RuleBroken) as caught:
        actions.approve(public_id=second.public_id, actor=world.officer)
    assert caught.value.code == "IDENTITY_UNRESOLVED"
    assert Membership.objects.count() == 1


def test_a_number_pending_with_somebody_else_does_not_block_the_first(world, sent):
    second, _actor = testing.application(8, world.street, id_number=testing.answers(1, world.street).id_number)
    assert second.identity_check
    assert not sent.application.identity_check
    actions.approve(public_id=sent.key, actor=world.officer)
    assert Membership.objects.count() == 1


def test_a_doubt_is_gone_when_the_other_application_is_withdrawn(world, sent):
    second, _actor = testing.application(8, world.street, id_number=testing.answers(1, world.street).id_number)
    actions.withdraw(public_id=sent.key, actor=sent.applicant)
    approved = actions.approve(public_id=second.public_id, actor=world.officer)
    assert not approved.identity_check


def test_a_known_person_without_account_is_taken_up_by_who_has_the_phone(world):
    from niangjia.commons.people import actions as people
    from niangjia.kernel.identifiers import invented_phone

    mine = testing.answers(1, world.street)
    with transaction.atomic():
        known = people.register_person(name=mine.name, id_number=mine.id_number, phone=invented_phone(1), actor=SYSTEM)
    application, applicant = testing.application(1, world.street)
    actions.approve(public_id=application.public_id, actor=world.officer)
    assert Person.objects.get(user_id=applicant.user_id) == known


def test_the_database_itself_keeps_one_open_application_per_user_and_number(world, sent):
    twin = Application.objects.get()
    twin.pk, twin.public_id, twin.number, twin.id_number, twin.phone = None, "twin", "RH2026-9999999-0", "", ""
    with pytest.raises(IntegrityError), transaction.atomic():
        from niangjia.platform.lifecycle.models import writing

        with writing():
            twin.save(force_insert=True)


# Many at once


def test_many_are_approved_and_a_bad_one_does_not_hold_up_the_rest(world, sent):
    second, _b = testing.application(2, world.street)
    doubtful, _c = testing.application(3, world.street, id_number=testing.answers(1, world.street).id_number)
    elsewhere, _d = testing.application(5, world.tree["EAST-2"])
    keys = [sent.key, second.public_id, doubtful.public_id, elsewhere.public_id, sent.key]
    done = actions.approve_many(public_ids=keys, actor=world.officer)
    assert sorted(moved.public_id for moved in done.moved) == sorted([sent.key, second.public_id])
    assert {(refused.number, refused.error.code) for refused in done.refused} == {
        (doubtful.number, "IDENTITY_UNRESOLVED"),
        ("", "NOT_FOUND"),
    }
    assert Membership.objects.count() == 2


def test_at_most_two_hundred_at_once(world):
    with pytest.raises(RuleBroken) as caught:
        actions.approve_many(public_ids=[str(number) for number in range(201)], actor=world.officer)
    assert caught.value.code == "TOO_MANY_AT_ONCE"


def test_a_deputy_decides_in_the_name_of_the_one_who_is_away(world, sent):
    deputy = unions.a_user("deputy")
    unions.appoint(
        actor=SYSTEM, user_id=deputy.pk, union_id=world.street.pk, role=Role.UNION_OFFICER,
        deputy_for_id=world.officer.user_id, valid_to=date(2026, 3, 31),
    )  # fmt: skip
    actions.approve(public_id=sent.key, actor=unions.staff(deputy))
    from niangjia.platform.audit.models import AuditEntry

    entry = AuditEntry.objects.get(action="joining.application.approve")
    assert entry.ground.endswith(f"for {world.officer.user_id}")


# Every cell


def _lead_to(state: str, world) -> Application:
    application, applicant = testing.application(6, world.street)
    key = application.public_id
    steps = {
        "supplement": [lambda: actions.ask_more(public_id=key, reason="请补充单位", actor=world.officer)],
        "approved": [lambda: actions.approve(public_id=key, actor=world.officer)],
        "refused": [lambda: actions.refuse(public_id=key, reason="不符合条件", actor=world.officer)],
        "withdrawn": [lambda: actions.withdraw(public_id=key, actor=applicant)],
    }
    steps["lapsed"] = [*steps["supplement"], lambda: actions.lapse(public_id=key, actor=SYSTEM)]
    for step in steps.get(state, []):
        step()
    return Application.objects.get()


@pytest.mark.parametrize("state", ["submitted", "supplement", "approved", "refused", "withdrawn", "lapsed"])
def test_every_action_refuses_what_the_machine_does_not_allow(world, state):
    application = _lead_to(state, world)
    key, applicant = application.public_id, Actor(ActorKind.MEMBER, user_id=application.applicant_id)
    acts = {
        "ask_more": lambda: actions.ask_more(public_id=key, reason="请补充单位", actor=world.officer),
        "refuse": lambda: actions.refuse(public_id=key, reason="不符合条件", actor=world.officer),
        "approve": lambda: actions.approve(public_id=key, actor=world.officer),
        "send_on": lambda: actions.send_on(public_id=key, union_code="EAST-2", reason="换街道办", actor=world.officer),
        "withdraw": lambda: actions.withdraw(public_id=key, actor=applicant),
        "lapse": lambda: actions.lapse(public_id=key, actor=SYSTEM),
        "supply": lambda: actions.supply(
            public_id=key, answers=testing.answers(6, world.street), note="", actor=applicant
        ),
    }
    for event, act in acts.items():
        if APPLICATION.find(state, event) is None:
            with pytest.raises((InvalidMove, Conflict)):
                act()
            assert Application.objects.get().state == state


# Books


def test_the_books_agree_with_the_states_and_a_lost_record_shows(world, sent):
    from niangjia.commons.ledger.books import check_books
    from niangjia.platform.audit import triggers

    actions.approve(public_id=sent.key, actor=world.officer)
    testing.application(2, world.street)
    assert check_books() == []
    with triggers.lifted():
        LedgerRow.objects.filter(measure="joining.joined").delete()
    assert [(d.book, d.what, d.expected, d.found) for d in check_books() if d.book == "joining"] == [
        ("joining", "joined", "1", "0")
    ]


def test_erasing_a_person_empties_the_applications_and_leaves_the_figures(world, sent):
    from niangjia.commons.people.models import Membership as Held
    from niangjia.platform.personal_data import erasure

    application = actions.approve(public_id=sent.key, actor=world.officer)
    with transaction.atomic():
        from niangjia.commons.people import actions as people
        from niangjia.kernel.policy import allow

        people.end_membership(
            Held.objects.get(), cause="leave", actor=SYSTEM, decision=allow("test"), day=date(2026, 3, 4),
            reason="本人退会",
        )  # fmt: skip
    rows = LedgerRow.objects.count()
    erasure.erase(application.person.public_id, actor=SYSTEM, reason="本人要求删除")
    left = Application.objects.get()
    assert (left.name, left.id_number, left.phone, left.id_index, left.birth_date.month) == ("", "", "", "", 1)
    assert (left.number, left.state, left.category) == (application.number, "approved", "courier")
    assert LedgerRow.objects.count() == rows
