"""The one short step that enrols a whole list, or nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import DateField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast

from niangjia.commons.people.models import Membership, Person
from niangjia.commons.rosters.moves import stale
from niangjia.commons.rosters.states import RosterState
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.services.protection.catalogue import EnrolmentSource
from niangjia.services.protection.enrolment import policies
from niangjia.services.protection.enrolment.actions import MOVES
from niangjia.services.protection.enrolment.enrolling import data_of, hold_plan, record_of
from niangjia.services.protection.enrolment.models import Roster, RosterRow
from niangjia.services.protection.enrolment.states import TAKEN, Origin, Outcome
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.states import EnrolmentState, VersionState

PATIENCE = "60s"
ROOM = "96MB"
"""What the longest list takes while it is sorted: it need not go by the disk."""
ROWS = 2000

SOURCES = {
    Origin.FILE.value: EnrolmentSource.ROSTER.value,
    Origin.ENTITLEMENT.value: EnrolmentSource.ENTITLEMENT.value,
    Origin.RENEWAL.value: EnrolmentSource.ROSTER.value,
    Origin.PICKED.value: EnrolmentSource.ROSTER.value,
}


def apply(*, public_id: str, actor: Actor) -> dict[str, Any]:
    """Enrol everybody on the list who can be, and end it; a list that is not being applied stays as it is.

    Raises NotFound, NotAllowed, Conflict ROSTER_STALE and IntegrityError when something has changed since the check:
    nothing has happened then, and the rows must be checked again.
    """
    with transaction.atomic():
        _settle_in()
        hold_plan(MOVES.kind.visible(actor).values_list("plan_id", flat=True).get(public_id=public_id), alone=True)
        roster, decision = MOVES.held(public_id, actor)
        if roster.state != RosterState.APPLYING:
            return {"state": roster.state}
        policies.may_apply(actor, roster).require()
        _require_as_checked(roster)
        enrolled, renewed = _enrol(roster, actor, decision)
        MOVES.finish_roster(roster=roster, changes={"enrolled": enrolled, "renewed": renewed}, actor=actor)
        return {"enrolled": enrolled, "renewed": renewed}


def _settle_in() -> None:
    """For this transaction alone."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, true), set_config('work_mem', %s, true)", [PATIENCE, ROOM]
            )


def taken_rows(roster: Roster) -> Any:
    """The rows that are enrolled."""
    return RosterRow.objects.filter(roster=roster, outcome__in=TAKEN)


def _require_as_checked(roster: Roster) -> None:
    """Raises Conflict ROSTER_STALE when the terms were closed, or somebody was enrolled, left or was merged since, or
    the protection ended that was to be renewed."""
    rows = taken_rows(roster)
    person = OuterRef("person")
    covered = Enrolment.objects.filter(person=person, plan=roster.plan_id, to_day__gte=OuterRef("from_day"))
    gone = Person.objects.filter(pk=person).exclude(Q(canonical=None) & Q(erased_at=None))
    moved = ~Exists(Membership.objects.current().filter(person=person, union=OuterRef("union")))
    before = Cast(OuterRef("from_day") - Value(timedelta(days=1)), DateField())
    until = Enrolment.objects.filter(person=person, plan=roster.plan_id, to_day=before)
    gap = Q(outcome=Outcome.RENEWED.value) & ~Exists(until.exclude(state=EnrolmentState.CANCELLED))
    changed = Exists(covered.exclude(state=EnrolmentState.CANCELLED)) | Exists(gone) | moved | gap
    if roster.version.state == VersionState.CLOSED or rows.filter(changed).exists():
        raise stale()
    if rows.count() != sum(roster.count_of(outcome) for outcome in TAKEN):
        raise stale()


def _enrol(roster: Roster, actor: Actor, decision: Decision) -> tuple[int, int]:
    """The one function by which a list's people are enrolled, by statements over the whole set where the database is
    one of the two that have them. How many, and how many of them renewed."""
    if connection.vendor in ("postgresql", "sqlite"):
        from niangjia.services.protection.enrolment import hot

        return hot.enrol(roster, SOURCES[roster.origin], actor=actor, decision=decision)
    return enrol_portably(roster, actor=actor, decision=decision)


def enrol_portably(roster: Roster, *, actor: Actor, decision: Decision) -> tuple[int, int]:
    """The form for any database; the statements of :mod:`hot` must leave the same rows."""
    last, enrolled, renewed = 0, 0, 0
    rows = taken_rows(roster).order_by("number")
    while some := list(rows.filter(number__gt=last)[:ROWS]):
        people = Person.objects.in_bulk([row.person_id for row in some])
        objects = [_enrolment(roster, row, people[row.person_id]) for row in some]
        lifecycle.open_many(objects, actor=actor, decision=decision, effects_for=_effects)
        last, enrolled = some[-1].number, enrolled + len(objects)
        renewed += sum(one.renewed for one in objects)
    return enrolled, renewed


def _enrolment(roster: Roster, row: RosterRow, person: Person) -> Enrolment:
    days = {name: getattr(row, name) for name in ("from_day", "to_day", "protected_since")}
    return Enrolment(
        public_id=row.public_id, plan=roster.plan, version=roster.version, person=person, **days,
        union_id=row.union_id or 0, renewed=row.outcome == Outcome.RENEWED, source=SOURCES[roster.origin],
        batch=roster.public_id,
    )  # fmt: skip


def _effects(enrolment: Enrolment) -> Effects:
    return Effects(records=[record_of(enrolment)], data=data_of(enrolment))
