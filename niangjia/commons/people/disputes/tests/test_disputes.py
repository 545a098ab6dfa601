"""A number that stands with somebody else: what both sides say, what the union decides, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.people import actions as people
from niangjia.commons.people.corrections.testing import a_photo, a_request, another_number
from niangjia.commons.people.disputes import actions, due, jobs, policies, queries, unmasking
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.testing import about_number, about_phone, an_account
from niangjia.commons.people.merging import actions as merging
from niangjia.commons.people.merging.testing import approved
from niangjia.commons.people.models import Person
from niangjia.commons.people.own_data.holdings import _of_people
from niangjia.commons.people.testing import SYSTEM, a_person, signed_in
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.models import Appointment
from niangjia.kernel import clock as now
from niangjia.kernel.errors import DomainError
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import phones, sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data import looks, retention
from niangjia.platform.personal_data.portability import Subject

OLD = invented_phone(4402)
WHY = "双方材料看过，人证相符"


def code_of(act, **more):
    with pytest.raises(DomainError) as refusal:
        act(**more)
    return refusal.value.code


def decide(dispute, actor, outcome, **more):
    return actions.decide(**{"public_id": dispute.public_id, "outcome": outcome, "reason": WHY, "actor": actor, **more})


def answered(dispute, holder, answer, **more):
    return actions.answer(public_id=dispute.public_id, answer=answer, actor=signed_in(holder), **more)


def told(user_id):
    return list(Message.objects.filter(user=user_id).order_by("pk").values_list("kind", flat=True))


def fresh(person):
    return Person.objects.get(pk=person.pk)


def test_the_holder_is_asked_and_neither_side_reads_anything_of_the_other(scene):
    made = about_phone(scene.asker, OLD)
    assert (made.state, made.union.code) == ("asked", "EAST")
    assert told(scene.holder.user_id) == ["people.dispute_holder_asked"]
    assert told(scene.asker.user_id) == ["people.dispute_raised"]
    messages = " ".join(str(one.title) + str(one.body) for one in Message.objects.all())
    assert not [word for word in ("吴新机", "卫旧机", "EAST", scene.tree["EAST-2"].name, OLD) if word in messages]
    for side in (scene.asker, scene.holder):
        seen = queries.dispute_for(signed_in(side), made.public_id)
        assert str(queries.member_status(seen).label) == "核实中"
        assert len(queries.timeline(seen, for_side=True)) == 1
    stranger = a_person("路人", serial=4499, user_id=User.objects.create().pk)
    assert code_of(queries.dispute_for, actor=signed_in(stranger), public_id=made.public_id) == "NOT_FOUND"


def test_what_nobody_who_was_a_member_asks_about_nobody_goes_to_the_highest_union_with_an_officer(scene):
    made = about_number(an_account(4476), another_number(4476), name="吴新机")
    assert (made.holder, made.union.code, made.state) == (None, "EAST", "deciding")
    assert policies.visible_disputes(scene.one).filter(pk=made.pk).exists()
    Appointment.objects.all().delete()
    assert about_phone(an_account(4475), invented_phone(4474)).union.code == "CITY"


def test_a_number_that_stands_nowhere_is_taken_in_with_the_same_words(scene):
    free = about_number(scene.asker, another_number(4477))
    taken = about_number(an_account(4478), str(scene.holder.id_number))
    assert (free.state, taken.state) == ("deciding", "asked")
    assert queries.member_status(free) == queries.member_status(taken)
    steps = [
        [(str(entry.title), entry.tone) for entry in queries.timeline(one, for_side=True)] for one in (free, taken)
    ]
    assert steps[0] == steps[1]
    assert told(free.asked_by_id) == told(taken.asked_by_id)


def test_a_phone_given_up_goes_over_by_one_officer_with_everything_that_hangs_on_it(scene):
    sessions.start(user=scene.holder.user, kind=SessionKind.MEMBER)
    made = about_phone(scene.asker, OLD)
    assert code_of(decide, dispute=made, actor=scene.one, outcome="move") == "MOVE_NOT_ALLOWED"
    answered(made, scene.holder, "released")
    decide(made, scene.one, "move")
    asker, holder = fresh(scene.asker), fresh(scene.holder)
    assert (asker.phone, holder.phone) == (OLD, "")
    assert phones.user_with(OLD) == asker.user
    assert not sessions.of_user(holder.user).exists()
    assert told(scene.holder.user_id)[-1] == "people.dispute_holder_changed"
    assert told(scene.asker.user_id)[-1] == "people.dispute_settled"
    entries = AuditEntry.objects.filter(action__in=["people.dispute.move", "people.person.identity_corrected"])
    assert sorted(entries.values_list("subject_key", flat=True)) == sorted(
        [asker.public_id, asker.public_id, holder.public_id]
    )
    assert not [row for row in AuditEntry.objects.values_list("reason", "before", "after", "data") if OLD in str(row)]


@pytest.mark.parametrize("said", ["mine", "", "same"])
def test_what_the_holder_did_not_agree_to_takes_two_officers(scene, said, monkeypatch):
    made = about_phone(scene.asker, OLD)
    if said:
        answered(made, scene.holder, said, note="正在用")
    else:
        monkeypatch.setattr(due, "_asked", [lambda dispute: now.now() - timedelta(days=1)])
        assert jobs.pass_on_unanswered(None) == {"passed_on": 1}
        assert jobs.pass_on_unanswered(None) == {"passed_on": 0}
    decide(made, scene.one, "move")
    assert fresh(scene.asker).phone != OLD
    assert code_of(actions.confirm, public_id=made.public_id, actor=scene.one) == "OWN_PROPOSAL"
    actions.send_back(public_id=made.public_id, reason="再核实一下", actor=scene.two)
    assert code_of(actions.confirm, public_id=made.public_id, actor=scene.two) == "MOVE_NOT_ALLOWED"
    decide(made, scene.two, "move")
    actions.confirm(public_id=made.public_id, actor=scene.one)
    assert (fresh(scene.asker).phone, fresh(scene.holder).phone) == (OLD, "")


def test_the_holder_keeps_the_days_the_parameter_gives(scene, monkeypatch):
    made = about_phone(scene.asker, OLD)
    monkeypatch.setattr(due, "_asked", [lambda dispute: now.now() + timedelta(days=1)])
    assert jobs.pass_on_unanswered(None) == {"passed_on": 0}
    assert code_of(actions.pass_on, public_id=made.public_id, actor=SYSTEM) == "STILL_TIME"


def test_a_holder_may_answer_late_until_it_is_decided_but_only_once(scene, monkeypatch):
    made = about_phone(scene.asker, OLD)
    monkeypatch.setattr(due, "_asked", [lambda dispute: now.now() - timedelta(days=1)])
    jobs.pass_on_unanswered(None)
    answered(made, scene.holder, "mine")
    assert Dispute.objects.get().holder_signs_in
    assert code_of(answered, dispute=made, holder=scene.holder, answer="released") == "ANSWERED_ALREADY"
    assert code_of(answered, dispute=made, holder=scene.asker, answer="released") == "NOT_YOURS"
    actions.decide(public_id=made.public_id, outcome="refuse", reason=WHY, actor=scene.one)
    assert code_of(answered, dispute=made, holder=scene.holder, answer="mine") == "MOVE_NOT_ALLOWED"


def test_a_refusal_changes_nothing_and_says_why(scene):
    made = about_phone(scene.asker, OLD)
    answered(made, scene.holder, "mine")
    for reason, code in (("", "REASON_NEEDED"), (f"号码 {OLD}", "REASON_PERSONAL")):
        assert code_of(decide, dispute=made, actor=scene.one, outcome="refuse", reason=reason) == code
    decide(made, scene.one, "refuse")
    assert (fresh(scene.asker).phone, fresh(scene.holder).phone) == (scene.asker.phone, OLD)
    assert told(scene.asker.user_id)[-1] == "people.dispute_refused"
    assert told(scene.holder.user_id)[-1] == "people.dispute_holder_kept"


def test_a_wrong_number_is_corrected_on_the_holders_entry_and_free_for_its_owner(scene):
    right = another_number(4490)
    disputed = str(scene.holder.id_number)
    newcomer = an_account(4491)
    made = about_number(newcomer, disputed)
    assert code_of(answered, dispute=made, holder=scene.holder, answer="released", right_number=right) == "PAPER_NEEDED"
    answered(made, scene.holder, "released", right_number=right, papers=[a_photo()])
    decide(made, scene.one, "correct", right_number=right)
    assert fresh(scene.holder).id_number == right
    with transaction.atomic():
        assert people.register_person(name="吴新机", id_number=disputed, actor=SYSTEM).id_number == disputed


def test_a_number_other_than_the_holder_gave_takes_two_and_may_be_taken_off(scene):
    made = about_number(scene.asker, str(scene.holder.id_number))
    answered(made, scene.holder, "released", right_number=another_number(4490), papers=[a_photo()])
    decide(made, scene.one, "correct")
    assert Dispute.objects.get().state == "review"
    actions.confirm(public_id=made.public_id, actor=scene.two)
    asker, holder = fresh(scene.asker), fresh(scene.holder)
    assert (asker.id_number, holder.id_number, holder.id_index) == (scene.holder.id_number, "", "")
    assert (holder.birth_date, holder.sex) == (scene.holder.birth_date, scene.holder.sex)


def test_who_lost_the_old_phone_comes_back_to_the_old_entry(scene):
    newcomer = an_account(4495)
    made = about_number(newcomer, str(scene.holder.id_number), name="卫旧机")
    answered(made, scene.holder, "same")
    decide(made, scene.one, "join")
    actions.confirm(public_id=made.public_id, actor=scene.two)
    holder = fresh(scene.holder)
    assert (holder.phone, phones.user_with(invented_phone(4495))) == (invented_phone(4495), holder.user)
    assert not User.objects.get(pk=newcomer.user_id).is_active
    assert told(holder.user_id)[-1] == "people.dispute_settled"


def test_an_entry_without_an_account_is_given_to_its_owner(scene):
    entry = a_person("卫旧机", serial=4496)
    newcomer = an_account(4497)
    made = about_number(newcomer, str(entry.id_number), name="卫旧机")
    assert (made.state, str(queries.answer_label(made))) == ("deciding", "没有登录账号，问不到")
    city = [unions.an_officer([(scene.tree["CITY"], "union_officer")], f"city{n}") for n in (1, 2)]
    decide(made, city[0], "join")
    actions.confirm(public_id=made.public_id, actor=city[1])
    assert (fresh(entry).user_id, fresh(entry).phone) == (newcomer.user_id, invented_phone(4497))


def test_two_entries_of_one_become_a_merge_which_settles_it_or_gives_it_back(scene):
    made = about_phone(scene.asker, OLD)
    answered(made, scene.holder, "same")
    decide(made, scene.one, "join")
    made = Dispute.objects.get()
    assert (made.state, made.merge.state, made.merge.choices["phone"]) == ("merging", "proposed", "merged")
    merging.refuse(public_id=made.merge.public_id, reason="不像同一个人", actor=scene.two)
    made = Dispute.objects.get()
    assert (made.state, made.merge, made.proposed_by) == ("deciding", None, None)
    decide(made, scene.one, "join")
    approved(Dispute.objects.get().merge, scene.two)
    assert Dispute.objects.get().state == "joined"
    assert Person.objects.canonical().filter(pk__in=[scene.asker.pk, scene.holder.pk]).count() == 1


def test_a_merge_waits_for_an_open_dispute_with_anybody(scene):
    about_phone(scene.asker, OLD)
    third = a_person("郑第三", serial=4481)
    with transaction.atomic():
        from niangjia.commons.people.testing import a_member

        a_member(scene.tree["EAST-1"], person=third)
    said = {"choices": {}, "reason": WHY, "actor": scene.one}
    assert code_of(merging.propose, kept=scene.asker.public_id, merged=third.public_id, **said) == "MERGE_BLOCKED"
    assert code_of(merging.propose, kept=third.public_id, merged=scene.holder.public_id, **said) == "MERGE_BLOCKED"


def test_of_two_who_want_one_phone_the_second_meets_the_first_as_holder(scene):
    first, second = about_phone(scene.asker, OLD), about_phone(an_account(4483), OLD)
    answered(first, scene.holder, "released")
    answered(second, scene.holder, "released")
    decide(first, scene.one, "move")
    city = unions.an_officer([(scene.tree["CITY"], "union_officer")], "city")
    assert code_of(decide, dispute=second, actor=city, outcome="move") == "DISPUTE_CHANGED"
    assert [one.event for one in queries.choices(city, Dispute.objects.get(pk=second.pk))] == ["decide", "ask_again"]
    again = actions.ask_again(public_id=second.public_id, actor=city)
    assert (again.state, again.holder_id, again.answer) == ("asked", scene.asker.pk, "")
    assert told(scene.asker.user_id)[-1] == "people.dispute_holder_asked"
    assert code_of(actions.ask_again, public_id=first.public_id, actor=city) == "MOVE_NOT_ALLOWED"


def test_asking_again_needs_somebody_else_to_ask(scene):
    made = about_phone(scene.asker, OLD)
    answered(made, scene.holder, "mine")
    assert code_of(actions.ask_again, public_id=made.public_id, actor=scene.one) == "DISPUTE_SAME_HOLDER"


def test_a_correction_of_the_same_phone_is_done_with_it(scene):
    asked = a_request(scene.asker, "phone", OLD, proven=True, papers=[])
    made = about_phone(scene.asker, OLD)
    answered(made, scene.holder, "released")
    decide(made, scene.one, "move")
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


BAD = [
    ({"kind": "shoe"}, "DISPUTE_KIND"),
    ({"kind": None}, "DISPUTE_KIND"),
    ({"value": "12345"}, "PHONE_FORMAT"),
    ({"value": ""}, "PHONE_FORMAT"),
    ({"proven": False}, "PHONE_NOT_PROVEN"),
    ({"kind": "id_number", "value": "110101199003070000"}, "ID_INVALID"),
    ({"kind": "id_number", "value": another_number(4480), "papers": []}, "PAPER_NEEDED"),
    ({"value": invented_phone(4401)}, "NOTHING_CHANGES"),
]


@pytest.mark.parametrize(("changed", "code"), BAD)
def test_what_cannot_be_right_is_refused_beside_its_field(scene, changed, code):
    from niangjia.commons.people.disputes.raising import raise_dispute

    said = {"kind": "phone", "value": OLD, "proven": True, "actor": signed_in(scene.asker), **changed}
    with pytest.raises(DomainError) as refusal:
        raise_dispute(**said)
    assert (refusal.value.code, bool(refusal.value.fields)) == (code, True)
    assert not Dispute.objects.exists()


def test_who_is_not_known_says_their_name_and_few_disputes_are_taken_in(scene):
    newcomer = an_account(4470)
    assert code_of(about_number, asker=newcomer, number=another_number(4471), name="x3") == "NAME"
    for serial in range(5):
        made = about_number(newcomer, another_number(4471))
        if serial == 0:
            assert code_of(about_number, asker=newcomer, number=another_number(4472)) == "DISPUTE_OPEN"
        actions.withdraw(public_id=made.public_id, actor=newcomer)
    assert code_of(about_number, asker=newcomer, number=another_number(4471)) == "DISPUTES_TOO_MANY"


BAD_ANSWERS = [
    ("phone", {"answer": ""}, "DISPUTE_ANSWER"),
    ("phone", {"answer": "king"}, "DISPUTE_ANSWER"),
    ("id_number", {"answer": "mine"}, "PAPER_NEEDED"),
    ("id_number", {"answer": "released", "right_number": "1101"}, "ID_INVALID"),
]


@pytest.mark.parametrize(("kind", "said", "code"), BAD_ANSWERS)
def test_an_answer_that_shows_nothing_is_refused(scene, kind, said, code):
    make = about_phone if kind == "phone" else about_number
    made = make(scene.asker, OLD if kind == "phone" else str(scene.holder.id_number))
    assert code_of(answered, dispute=made, holder=scene.holder, **said) == code


def test_a_holder_who_signs_in_by_another_phone_shows_something(scene):
    other = invented_phone(4473)
    User.objects.filter(pk=scene.holder.user_id).update(phone_index=phones.index_of(other))
    made = about_phone(scene.asker, OLD)
    assert code_of(answered, dispute=made, holder=scene.holder, answer="mine") == "PAPER_NEEDED"
    answered(made, scene.holder, "mine", note="十年的老号码，话费单在家里")


@pytest.mark.parametrize("outcome", ["correct", "", "king", None])
def test_an_outcome_that_does_not_fit_is_refused(scene, outcome):
    made = about_phone(scene.asker, OLD)
    answered(made, scene.holder, "mine")
    assert code_of(decide, dispute=made, actor=scene.one, outcome=outcome) == "DISPUTE_OUTCOME"


def test_who_may_decide(scene):
    made = about_phone(scene.asker, OLD)
    answered(made, scene.holder, "mine")
    said = {"dispute": made, "outcome": "refuse"}
    assert code_of(decide, actor=scene.street, **said) == "NOT_FOUND"
    agent = unions.an_officer([(scene.tree["EAST"], "employer_agent")], "agent")
    assert code_of(decide, actor=agent, **said) == "NOT_FOUND"
    reviewer = unions.an_officer([(scene.tree["EAST"], "reviewer")], "reviewer")
    assert code_of(decide, actor=reviewer, **said) == "NO_OFFICE_HERE"
    assert code_of(decide, actor=signed_in(scene.asker), **said) == "NO_OFFICE_HERE"
    Person.objects.filter(pk=scene.holder.pk).update(user=None)
    Person.objects.filter(pk=scene.holder.pk).update(user=scene.one.user_id)
    assert code_of(decide, actor=scene.one, **said) == "OWN_CASE"
    decide(made, scene.two, "refuse")


def test_opening_and_unmasking_is_read_by_both_sides(scene):
    made = about_number(scene.asker, str(scene.holder.id_number))
    shown = queries.sides(queries.open_for_reading(scene.one, made.public_id))
    text = " ".join(str(fact.value) for side in shown for fact in side.facts)
    assert str(scene.holder.id_number) not in text
    assert "*" in text
    whole = unmasking.unmask(made, actor=scene.one, reason="和照片核对号码")
    assert str(scene.holder.id_number) in " ".join(str(fact.value) for side in whole for fact in side.facts)
    for side in (scene.asker, scene.holder):
        assert [look.kind for look in looks.of(side.public_id).order_by("pk")] == ["opened", "unmasked"]


def test_each_side_reads_its_own_papers_only(scene):
    made = about_number(scene.asker, str(scene.holder.id_number))
    answered(made, scene.holder, "mine", papers=[a_photo()])
    theirs, own = (made.papers.get(by_holder=flag).file.public_id for flag in (True, False))
    asker = signed_in(scene.asker)
    assert queries.paper_for(asker, made.public_id, own)
    assert code_of(queries.paper_for, actor=asker, public_id=made.public_id, file_id=theirs) == "NOT_FOUND"
    assert queries.paper_for(scene.one, made.public_id, theirs)


def test_what_one_reads_of_oneself_holds_nothing_of_the_other(scene):
    made = about_phone(scene.asker, OLD, note="换号三年了")
    answered(made, scene.holder, "mine", note="一直在用")
    copies = {
        side.pk: str([held.text for one in _of_people(Subject(None, side.pk, (side.public_id,)))
                      if one.code.startswith("dispute") for row in one.rows for held in row])
        for side in (scene.asker, scene.holder)
    }  # fmt: skip
    assert "换号三年了" in copies[scene.asker.pk]
    assert "一直在用" not in copies[scene.asker.pk]
    assert "一直在用" in copies[scene.holder.pk]
    assert "换号三年了" not in copies[scene.holder.pk]


def test_each_wrong_move_of_the_machine_is_refused(scene):
    """Every action in every state in which the table has no such move."""
    from niangjia.commons.people.disputes.states import DISPUTE

    made = about_phone(scene.asker, OLD)
    acts = {
        "answer": lambda: answered(made, scene.holder, "mine"),
        "pass_on": lambda: actions.pass_on(public_id=made.public_id, actor=SYSTEM),
        "propose": lambda: decide(made, scene.one, "move"),
        "send_back": lambda: actions.send_back(public_id=made.public_id, reason=WHY, actor=scene.one),
        "ask_again": lambda: actions.ask_again(public_id=made.public_id, actor=scene.one),
        "withdraw": lambda: actions.withdraw(public_id=made.public_id, actor=signed_in(scene.asker)),
    }
    tried = 0
    for state, event, move in DISPUTE.cells():
        if move is None and event in acts:
            _force(made, state)
            with pytest.raises(DomainError) as refusal:
                acts[event]()
            assert refusal.value.code == "MOVE_NOT_ALLOWED", (state, event)
            tried += 1
    allowed = [event for _state, event, move in DISPUTE.cells() if move is not None and event in acts]
    assert tried == len(acts) * len(DISPUTE.states) - len(allowed)


def _force(made, state):
    from niangjia.platform.lifecycle.models import writing

    with writing():
        Dispute.objects.filter(pk=made.pk).update(state=state)


def test_the_database_holds_that_a_dispute_is_between_two(scene):
    made = about_phone(scene.asker, OLD)
    for column, value in (("holder", made.person_id), ("holder_user", made.asked_by_id), ("kind", "shoe")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Dispute.objects.filter(pk=made.pk).update(**{column: value})


def test_what_ended_three_years_ago_is_emptied_and_its_photos_go(scene, clock):
    made = about_number(scene.asker, str(scene.holder.id_number), note="我的号码")
    answered(made, scene.holder, "mine", papers=[a_photo()])
    decide(made, scene.one, "refuse")
    rule = next(one for one in retention.rules() if one.name == "people.dispute")
    assert not rule.due(rule.cutoff).exists()
    clock.set(now.today() + timedelta(days=3 * 366 + 2))
    keys = list(rule.due(rule.cutoff).values_list("pk", flat=True))
    with transaction.atomic():
        assert rule.act(keys, SYSTEM) == 1
    kept = Dispute.objects.get()
    assert (kept.value, kept.note, kept.state, kept.papers.count()) == ("", "", "refused", 0)
    assert not rule.due(rule.cutoff).exists()


def test_an_erased_asker_takes_it_back_and_an_erased_holder_is_not_asked(scene):
    from niangjia.commons.people.models import Membership
    from niangjia.kernel.policy import allow
    from niangjia.platform.personal_data import erasure

    def erase(person):
        with transaction.atomic():
            people.end_membership(
                Membership.objects.get(person=person), cause="leave", actor=SYSTEM, decision=allow("system"),
                day=person.memberships.get().since, reason="本人要求",
            )  # fmt: skip
            erasure.erase(person.public_id, actor=SYSTEM, reason="本人申请清除")

    made = about_phone(scene.asker, OLD)
    erase(scene.holder)
    made.refresh_from_db()
    assert made.state == "deciding"
    erase(scene.asker)
    made = Dispute.objects.get()
    assert (made.state, made.value) == ("withdrawn", "")
