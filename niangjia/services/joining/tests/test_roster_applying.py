"""Applying a roster: whole or not at all, in the same books as one by one, and the same on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import DimSet, LedgerRow, Touched
from niangjia.commons.people import actions as people
from niangjia.commons.people import bulk, events
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Membership, MembershipStay, Person
from niangjia.commons.people.states import Origin
from niangjia.commons.people.testing import a_member, a_person
from niangjia.kernel.policy import allow
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.jobs import worker
from niangjia.platform.jobs.models import Job
from niangjia.platform.testing.sql_counts import statements
from niangjia.services.joining import rules
from niangjia.services.joining import testing_rosters as rosters
from niangjia.services.joining.rosters import actions, applying, records
from niangjia.services.joining.rosters.models import RosterRow
from niangjia.services.joining.rosters.states import Outcome

DAY = date(2026, 1, 9)


def rows(count, start=0):
    return [rosters.a_row(serial, since=DAY.isoformat()) for serial in range(start, start + count)]


def ready(world, count=4, **more):
    roster = rosters.checked(rows(count, **more), world.street, world.officer)
    actions.apply_roster(public_id=roster.public_id, actor=world.officer)
    roster.refresh_from_db()
    return roster


def left_behind():
    """Everything that joining leaves, without the identifiers that chance gives."""
    people_of = dict(Person.objects.values_list("pk", "id_index"))
    keys = dict(Person.objects.values_list("public_id", "id_index"))
    places = dict(Membership.objects.values_list("pk", "number"))
    facts = dict(DimSet.objects.values_list("pk", "facts"))
    sources = {f"{m.public_id}": m.number for m in Membership.objects.all()}
    cards = {c.public_id: people_of[c.person_id] for c in Card.objects.all()}
    subject = {**keys, **sources, **cards}
    acts = AuditEntry.objects.filter(
        action__in=["people.person.registered", "people.membership.admit", "people.card.issue"]
    )
    return {
        "persons": sorted(
            (p.name, p.name_key, p.name_initials, p.name_tail_index, p.sex, p.birth_date, p.id_kind, p.id_number,
             p.id_index, p.phone, p.phone_index, p.category, p.canonical_id, p.user_id)
            for p in Person.objects.all()
        ),
        "memberships": sorted(
            (m.number, people_of[m.person_id], m.union_id, m.state, m.machine_version, m.since, m.until, m.origin,
             m.ended_by, sorted(m.counted_as.items()))
            for m in Membership.objects.all()
        ),
        "stays": sorted((places[s.membership_id], s.union_id, s.since, s.until) for s in MembershipStay.objects.all()),
        "cards": sorted(
            (people_of[c.person_id], c.state, c.machine_version, c.issued_on, c.valid_until, c.replaces_id, c.bank_code)
            for c in Card.objects.all()
        ),
        "ledger": sorted(
            (r.measure, r.programme, r.day, r.union_id, people_of[r.person_id], r.qty, r.fen, r.source_type,
             places[r.source_id], keys[r.subject_key], sorted(facts[r.dimset_id].items()))
            for r in LedgerRow.objects.all()
        ),
        "touched": sorted(set(Touched.objects.values_list("measure", "union_id", "day"))),
        "audit": sorted(
            (a.action, subject[a.subject_id], keys[a.subject_key], a.node_id, a.ground, a.reason, a.before, a.after,
             a.actor_kind, a.actor_name, a.user_id, a.subject_type,
             sorted((k, v) for k, v in a.data.items() if k != "tail"))
            for a in acts
        ),
    }  # fmt: skip


def test_a_roster_leaves_what_admitting_one_by_one_leaves(world):
    roster = ready(world)
    found = list(applying.newcomers(roster))
    given = {row.number: row for row in RosterRow.objects.filter(roster=roster)}
    born = {row.public_id: row.birth_date for row in given.values()}
    with transaction.atomic():
        sid = transaction.savepoint()
        for one, row in zip(found, rows(4), strict=True):
            _one_by_one(one, row, roster, born, world.officer)
        wanted = left_behind()
        transaction.savepoint_rollback(sid)
    worker.drain()
    assert Membership.objects.count() == 4
    assert left_behind() == wanted
    assert check_books() == []


def _one_by_one(one, row, roster, born, officer):
    code = {"快递员": "courier", "网约送餐员": "delivery_rider"}[row["category"]]
    person = people.register_person(
        name=row["name"], id_number=row["id_number"], phone=row["phone"], category=code, actor=officer
    )
    before = people.numbers.take
    people.numbers.take = lambda *_args: [one.number]
    decision = allow(f"union_officer@{roster.union_id}")
    try:
        membership = people.admit(
            person, roster.union, actor=officer, decision=decision, day=one.since, origin=Origin.ROSTER
        )
    finally:
        people.numbers.take = before
    from niangjia.commons.ledger.write import Entry, book
    from niangjia.kernel import clock

    record = records.joined(membership, born[one.public_id])
    book([Entry(record, "people.membership", membership.pk, person.public_id)], at=clock.now())


@pytest.mark.postgresql
def test_the_statements_leave_what_the_portable_form_leaves(world):
    old = a_person("李老人", serial=77)
    known = [rosters.a_row(50, name="李老人", id_number=old.id_number, phone=old.phone, since=DAY.isoformat())]
    roster = rosters.checked(rows(5) + known, world.street, world.officer)
    actions.apply_roster(public_id=roster.public_id, actor=world.officer)
    roster.refresh_from_db()
    with transaction.atomic():
        sid = transaction.savepoint()
        count = applying.admit_portably(roster, actor=world.officer, decision=allow(f"union_officer@{roster.union_id}"))
        wanted = left_behind()
        transaction.savepoint_rollback(sid)
    worker.drain()
    assert count == 6
    assert left_behind() == wanted
    assert check_books() == []


@pytest.mark.postgresql
@pytest.mark.parametrize("today", [date(2026, 3, 2), date(2028, 2, 29), date(2027, 2, 28), date(2026, 12, 31)])
def test_bands_of_age_are_the_same_in_sql_and_in_the_rule(db, today):
    from niangjia.kernel.identifiers import age_on
    from niangjia.services.joining.rosters import hot

    near = [
        today.replace(year=today.year - years, day=28) + timedelta(days=shift)
        for years in (25, 35, 45, 55)
        for shift in range(-2, 5)
    ]
    with connection.cursor() as cursor:
        for birth in near:
            cursor.execute(
                f"SELECT CASE {hot._bands(today)} ELSE '55_plus' END FROM (SELECT DATE '{birth}' AS birth_date) r"
            )
            assert cursor.fetchone()[0] == rules.age_band(age_on(birth, today)), birth


def test_who_hears_of_one_hears_of_many(world):
    heard = []

    def receiver(admitted, **_more):
        heard.append((admitted.count, sorted(admitted.rows.values_list("state", flat=True))))

    events.members_joined.connect(receiver)
    try:
        ready(world, 3)
        worker.drain()
    finally:
        events.members_joined.disconnect(receiver)
    assert heard == [(3, ["active"] * 3)]


def test_a_receiver_that_refuses_refuses_the_whole_roster(world):
    def refuse(**_more):
        raise IntegrityError("not now")

    events.members_joined.connect(refuse)
    try:
        roster = ready(world, 3)
        job = Job.objects.get(public_id=roster.job)
        worker.drain(most=1)
    finally:
        events.members_joined.disconnect(refuse)
    job.refresh_from_db()
    assert job.result == {"rechecked": True}
    assert Membership.objects.count() == Card.objects.count() == 0
    assert not Person.objects.exists()


def test_the_same_people_in_another_file_change_nothing_c70(world):
    rosters.applied(rows(3), world.street, world.officer)
    before = left_behind()
    again = rosters.checked([*rows(3), rosters.a_row(0, name="张三", id_number="1")], world.street, world.officer)
    assert again.counts["member"] == 3
    assert again.count_of(Outcome.NEW) == 0
    with pytest.raises(Exception, match="NOBODY_NEW"):
        actions.apply_roster(public_id=again.public_id, actor=world.officer)
    assert left_behind() == before
    assert rosters.applied(rows(4), world.street, world.officer).joined == 1


def test_somebody_registered_since_the_check_sends_the_whole_roster_back(world):
    roster = rosters.checked(rows(3), world.street, world.officer)
    row = rows(1)[0]
    with transaction.atomic():
        person = people.register_person(name=row["name"], id_number=row["id_number"], actor=world.officer)
    a_member(world.firm, person=person)
    actions.apply_roster(public_id=roster.public_id, actor=world.officer)
    worker.drain()
    roster.refresh_from_db()
    assert (roster.state, roster.counts["elsewhere"], roster.counts["new"]) == ("ready", 1, 2)
    assert Membership.objects.count() == 1
    actions.apply_roster(public_id=roster.public_id, actor=world.officer)
    worker.drain()
    assert Membership.objects.count() == 3
    assert check_books() == []


def test_who_lost_the_office_since_does_not_apply(world):
    from niangjia.commons.unions.models import Appointment
    from niangjia.kernel import clock

    roster = ready(world, 2)
    Appointment.objects.filter(user_id=world.officer.user_id).update(
        valid_from=clock.today() - timedelta(days=9), valid_to=clock.today()
    )
    worker.drain()
    roster.refresh_from_db()
    assert Membership.objects.count() == 0
    assert roster.state == "ready"


@pytest.mark.parametrize(("few", "many"), [(3, 60)])
def test_applying_costs_as_many_statements_for_few_as_for_many(world, few, many):
    counted = []
    for start, count in ((0, few), (1000, many)):
        roster = ready(world, count, start=start)
        with statements() as made:
            applying.apply(public_id=roster.public_id, actor=world.officer)
        counted.append(len(made))
        Job.objects.all().delete()
    assert abs(counted[0] - counted[1]) <= 8


def test_admit_many_demands_a_transaction_of_its_case(world):
    with pytest.raises(Exception, match="NO_OFFICE"):
        from niangjia.kernel.policy import refuse
        from niangjia.kernel.text import _

        bulk.admit_many([], actor=world.officer, decision=refuse("NO_OFFICE", _("不")), rows=Membership.objects.none())
