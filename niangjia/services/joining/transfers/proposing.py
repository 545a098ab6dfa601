"""Transfers that nobody asked for by hand: from rosters, and for members whose employer has a union by now."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Q

from niangjia.commons.people.models import Membership, MembershipQuerySet
from niangjia.commons.people.states import MembershipState
from niangjia.commons.rosters.states import RosterState
from niangjia.commons.unions.models import Employer, Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow
from niangjia.services.joining.models import Application
from niangjia.services.joining.rosters.models import Roster, RosterRow
from niangjia.services.joining.rosters.states import OnTransfer, Outcome
from niangjia.services.joining.states import ApplicationState
from niangjia.services.joining.transfers import actions
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import Asked

DECISION = allow("system")


def propose_from_rosters(*, actor: Actor) -> int:
    """Ask those whom an applied roster names and who are members elsewhere; how many. Safe to run twice: of one roster
    nobody is asked again."""
    rosters = Roster.objects.filter(state=RosterState.APPLIED, on_transfer=OnTransfer.PROPOSE)
    return sum(propose_from_roster(roster, actor=actor) for roster in rosters)


def propose_from_roster(roster: Roster, *, actor: Actor) -> int:
    """Ask all whom one applied roster names and who are members elsewhere, at once; how many. Safe to run twice."""
    return sum(_offered(found, actor) for found in _named_by(roster))


def _named_by(roster: Roster) -> Iterator[tuple[Membership, Union, Asked, str]]:
    rows = RosterRow.objects.filter(roster=roster, outcome=Outcome.ELSEWHERE, person__isnull=False, union__isnull=False)
    told = Transfer.objects.filter(source=roster.number).values("person")
    for row in rows.exclude(person__in=told).select_related("union").iterator():
        membership = _active().filter(person=row.person_id).first()
        if membership is not None and row.union is not None and membership.union_id != row.union_id:
            yield membership, row.union, Asked.ROSTER, roster.number


def offer_to_employers_unions(*, actor: Actor) -> int:
    """Ask members who joined without a union of their employer, once it has one that takes members; how many.

    The employer is the one named in the application, by code or by name. Nobody is asked twice for the same union.
    """
    employers = Employer.objects.filter(union__in=Union.objects.accepting(clock.today())).select_related("union")
    return sum(_offered(found, actor) for employer in employers.iterator() for found in _without_union(employer))


def _without_union(employer: Employer) -> Iterator[tuple[Membership, Union, Asked, str]]:
    union = employer.union
    if union is None:
        return
    same = Q(employer_name=employer.name)
    if employer.uscc:
        same |= Q(employer_code=employer.uscc)
    joined = Application.objects.filter(same, state=ApplicationState.APPROVED, employer_union=None)
    asked = Transfer.objects.filter(new=union).values("person")
    members = _active().filter(person__in=joined.values("person")).exclude(union=union).exclude(person__in=asked)
    for membership in members:
        yield membership, union, Asked.EMPLOYER, ""


def _active() -> MembershipQuerySet:
    rows: MembershipQuerySet = Membership.objects.filter(state=MembershipState.ACTIVE).select_related("person", "union")
    return rows


def _offered(found: tuple[Membership, Union, Asked, str], actor: Actor) -> int:
    """One offer in a transaction of its own; whoever is being transferred already is passed over."""
    membership, union, asked, source = found
    try:
        with transaction.atomic():
            actions.offer(membership, union, asked=asked, source=source, actor=actor, decision=DECISION)
    except DomainError:
        return 0
    return 1
