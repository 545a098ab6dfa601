"""Everything that changes a list of people to be enrolled: brought by a file, a rule or the calendar, passed from the
unit to the agency to the city's office, decided there. Checking and the step itself are done by jobs."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from django.db import transaction

from niangjia.commons.entitlement import rules as entitlement
from niangjia.commons.rosters.moves import Moves, refused
from niangjia.commons.rosters.states import RosterEvent
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.policy import allow
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.protection import chain, parameters
from niangjia.services.protection import policies as room
from niangjia.services.protection.enrolment import enrolling, policies
from niangjia.services.protection.enrolment.kind import KIND
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.enrolment.rules import ONE_DAY
from niangjia.services.protection.enrolment.states import Origin

MOVES = Moves(KIND)
check_roster = MOVES.check_roster
present_roster = MOVES.present_roster
refuse_roster = MOVES.refuse_roster
apply_roster = MOVES.apply_roster
finish_roster = MOVES.finish_roster
discard_roster = MOVES.discard_roster
recheck_roster = MOVES.recheck_roster

_SKIPPER = Actor.system("参保办理层级")


def upload_roster(*, upload: Any, union_code: str, plan_code: str, from_day: date, actor: Actor) -> Roster:
    """Take a file of people of a union, and have it checked. The same file for the same plan and day gives the first.

    Raises NotFound, NotAllowed, RuleBroken (UNION_UNKNOWN, NO_VERSION, FROM_DAY, FILE_CONTENT …), TooLarge
    FILE_TOO_BIG.
    """
    where = _place(union_code, plan_code, from_day, actor)
    same = {"union": where["union"], "plan": where["plan"], "from_day": from_day}
    return MOVES.open_upload(
        upload=upload, union_id=where["union"].pk, grant=where["grant"], actor=actor, same=same,
        version=where["version"], origin=Origin.FILE.value, home_id=where["grant"].node_id,
    )  # fmt: skip


@transaction.atomic()
def upload_entitled(*, rule: Any, union_code: str, plan_code: str, from_day: date, actor: Actor) -> Roster:
    """A list of everybody in a union and below whom a rule of entitlement names. Raises as :func:`upload_roster`, and
    RuleBroken ENTITLEMENT_RULE."""
    known = entitlement.as_json(entitlement.parse(rule))
    return _open(union_code, plan_code, from_day, Origin.ENTITLEMENT, known, actor)


@transaction.atomic()
def upload_renewal(*, union_code: str, plan_code: str, until: date, actor: Actor) -> Roster:
    """A list of everybody in a union and below whose protection ends by ``until``; each goes on from the day after
    theirs, so that there is no gap. Raises as :func:`upload_roster`."""
    return _open(union_code, plan_code, until + ONE_DAY, Origin.RENEWAL, None, actor)


@transaction.atomic()
def confirm_roster(*, public_id: str, actor: Actor) -> Roster:
    """The unit agrees and sends the list up; a level that the tree or the federation's chain lacks is passed over.
    Raises as :meth:`Moves.apply_roster`."""
    roster, decision = MOVES.held(public_id, actor)
    agency = _agency_of(roster)
    MOVES.confirm_held(roster, decision, {"office_id": agency or roster.plan.union_id}, actor)
    if agency is None:
        lifecycle.apply(roster, RosterEvent.FORWARD, actor=_SKIPPER, decision=allow("no such level"))
    return roster


@transaction.atomic()
def forward_roster(*, public_id: str, actor: Actor) -> Roster:
    """The agency agrees; the list goes to the office of the plan. Raises NotFound, NotAllowed, InvalidMove, RuleBroken
    NOBODY_TO_ENROL, TOO_FEW_OF_STAFF."""
    roster, decision = MOVES.held(public_id, actor)
    roster.MACHINE.require(roster.state, RosterEvent.FORWARD)
    MOVES.require_applicable(roster)
    changes = {"office_id": roster.plan.union_id, "forwarded_by_id": actor.user_id}
    return lifecycle.apply(roster, RosterEvent.FORWARD, actor=actor, decision=decision, changes=changes)


def _agency_of(roster: Roster) -> int | None:
    """The agency between the unit and the plan's office that must look at the list."""
    found = chain.agency_of(roster.union_id)
    wanted = "agency" in parameters.chain(roster.plan.union_id, clock.today())
    if found is None or not wanted or found.pk in (roster.office_id, roster.plan.union_id):
        return None
    return int(found.pk)


def _place(union_code: str, plan_code: str, from_day: date, actor: Actor) -> dict[str, Any]:
    """Union, office, plan and version of a new list, all of them allowed."""
    union = Union.objects.filter(code=union_code.strip(), closed_on=None).first()
    if union is None:
        raise refused("UNION_UNKNOWN", _("没有找到这个工会，请核对代码。"), "union_code")
    grant = policies.office_for(actor, union)
    plan = room.plan_of(plan_code)
    enrolling.require_first_day(plan, from_day)
    return {
        "union": union,
        "grant": grant,
        "plan": plan,
        "version": enrolling.version_on(plan, from_day, fields="from_day"),
    }


def _open(union_code: str, plan_code: str, from_day: date, origin: Origin, rule: Any, actor: Actor) -> Roster:
    where = _place(union_code, plan_code, from_day, actor)
    grant, said = where.pop("grant"), [new_public_id(), rule]
    roster = Roster(
        **where, number=KIND.serial.next_number(KIND.prefix), office_id=grant.node_id, home_id=grant.node_id,
        from_day=from_day, origin=origin.value, rule=rule, uploaded_by_id=actor.user_id,
        content_hash=hashlib.sha256(json.dumps(said).encode()).hexdigest(),
    )  # fmt: skip
    roster.job = MOVES.enqueue(KIND.check_job, roster, actor)
    return lifecycle.open(roster, actor=actor, decision=allow(ground_of(grant)), data={"union": roster.union_id})
