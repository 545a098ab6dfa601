"""The one short step that makes a whole roster members, or nobody."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from niangjia.commons.people import bulk, numbers
from niangjia.commons.people.bulk import Newcomer
from niangjia.commons.people.models import Membership, MembershipQuerySet, Person
from niangjia.commons.people.states import Origin
from niangjia.commons.rosters.moves import stale
from niangjia.commons.rosters.states import RosterState
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision
from niangjia.platform.personal_data.bulk import Placed
from niangjia.services.joining.rosters import actions, content, policies, records
from niangjia.services.joining.rosters.models import Roster, RosterRow
from niangjia.services.joining.rosters.states import Outcome

ONE_AT_A_TIME = 0x4D44
"""The advisory lock by which one roster is applied after another."""

PATIENCE = "60s"


def apply(*, public_id: str, actor: Actor) -> Roster:
    """Make everybody members who would join, and end the roster; a roster that is not being applied stays as it is.

    Raises Conflict ROSTER_STALE and IntegrityError when the register has changed since the check: nothing has happened
    then, and the rows must be checked again.
    """
    with transaction.atomic():
        _one_after_another()
        roster, _decision = actions.MOVES.held(public_id, actor)
        if roster.state != RosterState.APPLYING:
            return roster
        _require_as_checked(roster)
        joined = _admit(roster, actor)
        return actions.finish_roster(roster=roster, changes={"joined": joined}, actor=actor)


def _one_after_another() -> None:
    """Rosters bring the same people more often than not; one after another they never wait crosswise."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


def new_rows(roster: Roster) -> QuerySet[RosterRow]:
    """The rows that make members."""
    return RosterRow.objects.filter(roster=roster, outcome=Outcome.NEW)


def memberships_of(roster: Roster) -> MembershipQuerySet:
    """The memberships that the roster makes or made."""
    found: MembershipQuerySet = Membership.objects.filter(public_id__in=new_rows(roster).values("membership_key"))
    return found


def _require_as_checked(roster: Roster) -> None:
    """Raises Conflict ROSTER_STALE when somebody of the roster was registered, joined or lost the union meanwhile."""
    rows = new_rows(roster)
    living = Person.objects.canonical().filter(erased_at=None)
    unknown = rows.filter(person=None)
    registered = unknown.filter(
        Exists(living.filter(id_index=OuterRef("id_index")))
        | (~Q(phone_index="") & Exists(living.filter(phone_index=OuterRef("phone_index"))))
    )
    joined = rows.filter(Exists(Membership.objects.current().filter(person=OuterRef("person"))))
    open_unions = Union.objects.accepting(clock.today()).values("pk")
    if registered.exists() or joined.exists() or rows.exclude(union__in=open_unions).exists():
        raise stale()
    if rows.count() != roster.count_of(Outcome.NEW):
        raise stale()


def _admit(roster: Roster, actor: Actor) -> int:
    """The one function by which a roster's people become members, on PostgreSQL by statements over the whole set."""
    decision = policies.may_work(actor, roster).require()
    if connection.vendor == "postgresql":
        from niangjia.services.joining.rosters import hot

        return hot.admit(roster, actor=actor, decision=decision, rows=memberships_of(roster))
    return admit_portably(roster, actor=actor, decision=decision)


def admit_portably(roster: Roster, *, actor: Actor, decision: Decision) -> int:
    """The form for any database; the statements for PostgreSQL must leave the same rows."""
    born = dict(new_rows(roster).values_list("membership_key", "birth_date"))
    opened = bulk.admit_many(
        list(newcomers(roster)),
        actor=actor,
        decision=decision,
        origin=Origin.ROSTER,
        rows=memberships_of(roster),
        records_for=lambda membership: [records.joined(membership, born[membership.public_id])],
    )
    return len(opened)


def newcomers(roster: Roster) -> Iterator[Newcomer]:
    """Who joins, in the order of the file, each with the next of the numbers that were kept."""
    assert roster.numbers_year is not None and roster.numbers_from is not None  # noqa: S101, PT018 - by the action
    sealed = Placed(RosterRow._meta.get_field("content"))
    for position, row in enumerate(new_rows(roster).order_by("number").iterator(chunk_size=2000)):
        assert row.union_id is not None and row.since is not None  # noqa: S101, PT018 - as for every row that joins
        said = content.read(sealed.open(row.public_id, row.__dict__["content"]))
        yield Newcomer(
            public_id=row.public_id,
            membership_key=row.membership_key,
            number=numbers.number_of(roster.numbers_year, roster.numbers_from + position),
            union_id=row.union_id,
            since=row.since,
            category=row.category,
            sex=row.sex,
            person_id=row.person_id,
            name=said.name,
            name_key=said.name_key,
            name_initials=said.name_initials,
            name_tail_index=row.name_tail_index,
            birth_date=row.birth_date,
            id_kind=row.id_kind,
            id_number=row.__dict__["id_number"],
            id_index=row.id_index,
            phone=row.__dict__["phone"],
            phone_index=row.phone_index,
        )
