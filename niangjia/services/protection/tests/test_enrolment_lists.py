"""Lists from the upload to the enrolments: what becomes of each row, the chain of offices, the books."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import DimSet, LedgerRow
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import a_person
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.errors import Conflict, DomainError, NotAllowed, RuleBroken
from niangjia.kernel.policy import allow
from niangjia.platform.audit import sealer
from niangjia.platform.audit.models import AuditEntry
from niangjia.services.protection import actions, testing
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.enrolment import actions as list_actions
from niangjia.services.protection.enrolment import applying, hot
from niangjia.services.protection.enrolment.models import Roster, RosterRow
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.testing import SYSTEM, an_enrolment


@pytest.fixture
def city_officer(world):
    return unions.an_officer([(world.city, Role.UNION_OFFICER)], "city officer")


def outcomes(roster):
    return dict(RosterRow.objects.filter(roster=roster).order_by("number").values_list("number", "outcome"))


def through(roster, world):
    """From the unit over the agency to the city's office, and the work done."""
    actions.confirm_roster(public_id=roster.public_id, actor=world.unit)
    actions.forward_roster(public_id=roster.public_id, actor=world.agency)
    actions.apply_roster(public_id=roster.public_id, actor=world.office)
    return lists.after_work(roster)


def test_what_becomes_of_each_row(world):
    fresh, covered, again, other, elsewhere = (lists.members(world.firm, 1, first=n)[0] for n in range(5))
    other.category = "other"
    other.save()
    far = lists.members(world.tree["WEST-1"], 1, first=50)[0]
    today = clock.today()
    an_enrolment(world.second, covered, world.firm, from_day=today - timedelta(days=10))
    last = an_enrolment(world.second, again, world.firm, from_day=today - timedelta(days=365))
    Enrolment.objects.filter(pk=last.pk).update(to_day=today - timedelta(days=1))
    rows = [
        lists.a_row(fresh), lists.a_row(covered), lists.a_row(again), lists.a_row(other),
        lists.a_row(elsewhere, name="别人"), lists.a_row(far), lists.a_row(a_person("无会籍", serial=77)),
        lists.a_row(fresh), {"name": "张三", "id_number": "110101199003071234"},
    ]  # fmt: skip
    roster = lists.checked(rows, world.firm, world.plan, world.unit)
    assert roster.state == "ready"
    assert list(outcomes(roster).values()) == [
        "new", "covered", "renewed", "outside", "not_found", "not_found", "not_found", "error", "error",
    ]  # fmt: skip
    kept = RosterRow.objects.get(number=4)
    assert (kept.protected_since, kept.from_day) == (last.protected_since, today)
    assert {row.content for row in RosterRow.objects.filter(outcome__in=("new", "renewed"))} == {""}


def test_from_the_unit_over_the_agency_to_the_office_with_a_desk_at_each(world):
    people = lists.members(world.firm, 3)
    roster = lists.checked(map(lists.a_row, people), world.firm, world.plan, world.unit)

    def waits():
        item = DeskItem.objects.open().get(subject_type="protection.roster")
        return item.role, item.union_id

    assert waits() == ("union_officer", world.firm.pk)
    with pytest.raises(NotAllowed, match="NOT_DECIDING"):
        actions.apply_roster(public_id=roster.public_id, actor=world.unit)
    actions.confirm_roster(public_id=roster.public_id, actor=world.unit)
    assert waits() == ("agency_clerk", world.tree["EAST-1"].pk)
    with pytest.raises(NotAllowed, match="NO_OFFICE_HERE"):
        actions.forward_roster(public_id=roster.public_id, actor=world.unit)
    actions.forward_roster(public_id=roster.public_id, actor=world.agency)
    assert waits() == ("reviewer", world.city.pk)
    actions.apply_roster(public_id=roster.public_id, actor=world.office)
    roster = lists.after_work(roster)
    assert (roster.state, roster.enrolled, roster.renewed) == ("applied", 3, 0)
    assert (sealer.seal() > 3, sealer.verify()) == (True, [])
    assert not DeskItem.objects.open().exists()
    made = Enrolment.objects.filter(batch=roster.public_id)
    assert sorted(made.values_list("person_id", flat=True)) == sorted(one.pk for one in people)
    assert {(one.source, one.union_id, one.state) for one in made} == {("roster", world.firm.pk, "in_force")}
    assert AuditEntry.objects.filter(action="protection.enrolment.enrol").count() == 3
    assert LedgerRow.objects.filter(measure="protection.enrolled", programme=world.plan.programme).count() == 3
    assert check_books() == []


def test_at_the_plans_own_office_two_people_agree(world, city_officer):
    roster = lists.checked(map(lists.a_row, lists.members(world.firm, 2)), world.firm, world.plan, city_officer)
    with pytest.raises(RuleBroken, match="SECOND_EYES_FIRST"):
        actions.apply_roster(public_id=roster.public_id, actor=city_officer)
    actions.confirm_roster(public_id=roster.public_id, actor=city_officer)
    roster.refresh_from_db()
    assert roster.state == "confirmed", "the agency looks first"
    actions.forward_roster(public_id=roster.public_id, actor=world.agency)
    with pytest.raises(NotAllowed, match="FOUR_EYES"):
        actions.apply_roster(public_id=roster.public_id, actor=city_officer)
    actions.apply_roster(public_id=roster.public_id, actor=world.office)
    assert lists.after_work(roster).enrolled == 2


def test_the_same_file_twice_changes_nothing(world):
    people = lists.members(world.firm, 2)
    first = lists.checked(map(lists.a_row, people), world.firm, world.plan, world.unit)
    file = lists.a_file(map(lists.a_row, people))
    where = {"union_code": world.firm.code, "plan_code": world.plan.code, "from_day": clock.today()}
    one = list_actions.upload_roster(upload=file, actor=world.unit, **where)
    file.seek(0)
    two = list_actions.upload_roster(upload=file, actor=world.unit, **where)
    assert one == two
    through(first, world)
    again = lists.checked([*map(lists.a_row, people)][::-1], world.firm, world.plan, world.unit)
    assert set(outcomes(again).values()) == {"covered"}
    with pytest.raises(RuleBroken, match="NOBODY_TO_ENROL"):
        actions.confirm_roster(public_id=again.public_id, actor=world.unit)


def test_who_was_enrolled_since_the_check_sends_the_list_back_to_where_it_came_from(world):
    people = lists.members(world.firm, 3)
    roster = lists.checked(map(lists.a_row, people), world.firm, world.plan, world.unit)
    actions.confirm_roster(public_id=roster.public_id, actor=world.unit)
    actions.forward_roster(public_id=roster.public_id, actor=world.agency)
    actions.enrol(
        plan_code=world.plan.code, person_id=people[0].pk, from_day=clock.today(), source="counter", actor=SYSTEM
    )
    actions.apply_roster(public_id=roster.public_id, actor=world.office)
    roster = lists.after_work(roster)
    assert (roster.state, roster.office_id, roster.enrolled) == ("ready", world.firm.pk, 0)
    assert (roster.count_of("new"), roster.count_of("covered")) == (2, 1)
    assert Enrolment.objects.count() == 1


def test_everybody_whom_a_rule_names(world):
    riders = lists.members(world.firm, 3)
    lists.members(world.firm, 2, first=10, category="other")
    lists.members(world.tree["WEST-1"], 2, first=20)
    roster = list_actions.upload_entitled(
        rule=[{"is": "new_form"}], union_code="EAST", plan_code=world.plan.code, from_day=clock.today(),
        actor=unions.an_officer([(world.tree["EAST"], Role.UNION_OFFICER)], "east"),
    )  # fmt: skip
    roster = lists.after_work(roster)
    assert (roster.rows_total, roster.count_of("new")) == (3, 3)
    assert set(RosterRow.objects.values_list("person_id", flat=True)) == {one.pk for one in riders}


def test_renewal_in_one_go_leaves_no_gap(world):
    people = lists.members(world.firm, 3)
    today = clock.today()
    ends = [today + timedelta(days=days) for days in (5, 20, 200)]
    for person, end in zip(people, ends, strict=True):
        one = an_enrolment(world.second, person, world.firm, from_day=today - timedelta(days=100))
        Enrolment.objects.filter(pk=one.pk).update(to_day=end)
    roster = list_actions.upload_renewal(
        union_code=world.firm.code, plan_code=world.plan.code, until=today + timedelta(days=30), actor=world.unit
    )
    roster = through(lists.after_work(roster), world)
    assert (roster.state, roster.enrolled, roster.renewed) == ("applied", 2, 2)
    fresh = Enrolment.objects.filter(batch=roster.public_id).order_by("person_id")
    assert [one.from_day for one in fresh] == [end + timedelta(days=1) for end in ends[:2]]
    assert {one.protected_since for one in fresh} == {today - timedelta(days=100)}


def rows_of(enrolments):
    """Everything that is left by enrolling, without what is drawn or numbered anew."""
    facts = dict(DimSet.objects.values_list("id", "facts"))
    names = ("state", "plan_id", "version_id", "person_id", "union_id", "from_day", "to_day", "protected_since",
             "renewed", "source", "machine_version", "state_since", "created_at")  # fmt: skip
    ids = dict(enrolments.values_list("pk", "public_id"))
    booked = LedgerRow.objects.filter(source_type="protection.enrolment", source_id__in=ids)
    told = AuditEntry.objects.filter(subject_type="protection.enrolment", subject_id__in=ids.values())
    return (
        list(enrolments.order_by("person_id").values_list(*names)),
        sorted(
            (
                b.person_id,
                b.day,
                b.programme,
                b.measure,
                b.union_id,
                b.qty,
                b.fen,
                b.subject_key,
                str(facts[b.dimset_id]),
            )
            for b in booked
        ),
        sorted(
            (t.subject_key, t.action, t.node_id, t.ground, t.before, t.after, t.actor_name, str(sorted(t.data.items())))
            for t in told
        ),
    )


def test_the_statements_leave_what_the_portable_form_leaves(world):
    people = lists.members(world.firm, 4)
    old = an_enrolment(world.second, people[0], world.firm, from_day=date(2025, 6, 1))
    Enrolment.objects.filter(pk=old.pk).update(to_day=clock.today() - timedelta(days=1))
    left = []
    for form in ("hot", "portable"):
        roster = lists.checked(map(lists.a_row, people), world.firm, world.plan, world.unit)
        try:
            with transaction.atomic():
                if form == "hot":
                    assert hot.enrol(roster, "roster", actor=world.office, decision=allow("here")) == (4, 1)
                else:
                    assert applying.enrol_portably(roster, actor=world.office, decision=allow("here")) == (4, 1)
                left.append(rows_of(Enrolment.objects.filter(batch=roster.public_id)))
                raise RuntimeError("take it back")
        except RuntimeError:
            pass
        Roster.objects.filter(pk=roster.pk).update(content_hash=form)
    assert left[0] == left[1]
    assert len(left[0][1]) == len(left[0][2]) == 4


@pytest.mark.postgresql
def test_nobody_is_enrolled_when_somebody_has_changed_category_while_the_facts_were_put_together(world, monkeypatch):
    person = lists.members(world.firm, 1)[0]
    roster = lists.checked([lists.a_row(person)], world.firm, world.plan, world.unit)
    facts = hot._facts(roster)
    Person.objects.filter(pk=person.pk).update(category="other")
    monkeypatch.setattr(hot, "_facts", lambda _roster: facts)
    with pytest.raises(IntegrityError, match="dimset_id"), transaction.atomic():
        hot.enrol(roster, "roster", actor=world.office, decision=allow("here"))
    assert not Enrolment.objects.filter(batch=roster.public_id).exists()


def test_one_at_a_counter_and_taking_it_back(world):
    plan, version = testing.general(world.city)
    person = lists.members(world.firm, 1)[0]
    where = {"plan_code": plan.code, "from_day": clock.today(), "source": "counter"}
    made = actions.enrol(person_id=person.pk, actor=world.unit, **where)
    assert (made.version_id, made.renewed, made.state) == (version.pk, False, "in_force")
    with pytest.raises(Conflict, match="COVERED"):
        actions.enrol(person_id=person.pk, actor=world.unit, **where)
    with pytest.raises(NotAllowed, match="NO_OFFICE_HERE"):
        actions.cancel_enrolment(public_id=made.public_id, reason="录错了人", actor=world.office)
    actions.cancel_enrolment(public_id=made.public_id, reason="录错了人", actor=world.unit)
    assert not LedgerRow.objects.live().filter(measure="protection.enrolled").exists()
    again = actions.enrol(person_id=person.pk, actor=world.unit, **where)
    ended = actions.end_enrolment(
        public_id=again.public_id, day=clock.today() + timedelta(days=3), reason="已经离职", actor=world.unit
    )
    assert (ended.state, ended.to_day) == ("ended", clock.today() + timedelta(days=3))


def test_a_plan_of_four_eyes_is_not_open_at_a_counter(world):
    person = lists.members(world.firm, 1)[0]
    with pytest.raises(NotAllowed, match="FOUR_EYES_PLAN"):
        actions.enrol(plan_code="six", person_id=person.pk, from_day=clock.today(), source="counter", actor=world.unit)


def test_an_employers_agent_finds_nothing(world):
    roster = lists.checked(map(lists.a_row, lists.members(world.firm, 1)), world.firm, world.plan, world.unit)
    for act in (actions.confirm_roster, actions.apply_roster, actions.discard_roster):
        with pytest.raises(DomainError, match="NOT_FOUND"):
            act(public_id=roster.public_id, actor=world.agent)
