"""Transfers that nobody asked for by hand: from rosters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from niangjia.commons.people.models import Membership, MembershipQuerySet
from niangjia.commons.people.states import MembershipState
from niangjia.commons.rosters import preview
from niangjia.commons.rosters.states import RosterState
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, RuleBroken
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.text import _
from niangjia.services.joining.rosters import policies as roster_policies
from niangjia.services.joining.rosters.kind import KIND
from niangjia.services.joining.rosters.models import Roster, RosterRow
from niangjia.services.joining.rosters.states import OnTransfer, Outcome
from niangjia.services.joining.transfers import actions
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import Asked

DECISION = allow("system")
ASKING = (RosterState.READY, RosterState.CONFIRMED, RosterState.APPLIED)
"""An officer asks from the page of a roster in these: its rows are known."""

MOST_AT_ONCE = 500


def propose_from_rosters(*, actor: Actor) -> int:
    """Ask those whom an applied roster names and who are members elsewhere; how many. Safe to run twice: of one roster
    nobody is asked again."""
    rosters = Roster.objects.filter(state=RosterState.APPLIED, on_transfer=OnTransfer.PROPOSE)
    return sum(propose_from_roster(roster, actor=actor, decision=DECISION) for roster in rosters)


def propose_by_officer(*, public_id: str, actor: Actor) -> int:
    """An officer asks, from the page of a roster, those whom it names and who are members elsewhere; how many.

    At most 500 at once, so that nobody waits; pressing again goes on. Raises NotFound, NotAllowed, RuleBroken
    NOBODY_ELSEWHERE when there is nobody left to ask.
    """
    roster = preview.roster_for(KIND, actor, public_id)
    decision = roster_policies.may_work(actor, roster).require()
    if not left_to_ask(roster):
        raise RuleBroken("NOBODY_ELSEWHERE", _("这份名单里没有会籍在别处、还没有请过的人。"))
    return propose_from_roster(roster, actor=actor, decision=decision, most=MOST_AT_ONCE)


def propose_from_roster(roster: Roster, *, actor: Actor, decision: Decision, most: int | None = None) -> int:
    """Ask whom one roster names and who are members elsewhere; how many. Safe to run twice."""
    return sum(_offered(found, actor, decision) for found in islice(_named_by(roster), most))


def left_to_ask(roster: Roster) -> int:
    """How many a roster names who are members elsewhere and were not asked because of it."""
    if roster.state not in ASKING or roster.emptied_at is not None:
        return 0
    return _rows(roster).count()


def _rows(roster: Roster) -> QuerySet[RosterRow]:
    rows = RosterRow.objects.filter(roster=roster, outcome=Outcome.ELSEWHERE, person__isnull=False, union__isnull=False)
    told = Transfer.objects.filter(source=roster.number).values("person")
    elsewhere = _active().filter(person=OuterRef("person")).exclude(union=OuterRef("union"))
    busy = Transfer.objects.open().filter(person=OuterRef("person"))
    return rows.filter(Exists(elsewhere), ~Exists(busy)).exclude(person__in=told)


def _named_by(roster: Roster) -> Iterator[tuple[Membership, Union, Asked, str]]:
    for row in _rows(roster).select_related("union").iterator():
        membership = _active().filter(person=row.person_id).first()
        if membership is not None and row.union is not None and membership.union_id != row.union_id:
            yield membership, row.union, Asked.ROSTER, roster.number


def _active() -> MembershipQuerySet:
    rows: MembershipQuerySet = Membership.objects.filter(state=MembershipState.ACTIVE).select_related("person", "union")
    return rows


def _offered(found: tuple[Membership, Union, Asked, str], actor: Actor, decision: Decision) -> int:
    """One offer in a transaction of its own; whoever is being transferred already is passed over."""
    membership, union, asked, source = found
    try:
        with transaction.atomic():
            actions.offer(membership, union, asked=asked, source=source, actor=actor, decision=decision)
    except DomainError:
        return 0
    return 1
