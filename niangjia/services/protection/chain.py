"""The way of a claim through the tree: unit, agency, office; levels that tree or parameter lack are skipped."""

from __future__ import annotations

from datetime import datetime

from niangjia.commons.desk import calendar
from niangjia.commons.unions import tree
from niangjia.commons.unions.kinds import UnionKind
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.protection import parameters
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.states import ClaimEvent, ClaimState

AGENCIES = (
    UnionKind.STREET,
    UnionKind.TOWN,
    UnionKind.DISTRICT,
    UnionKind.DEVELOPMENT_AREA,
    UnionKind.INDUSTRY,
    UnionKind.BUREAU,
    UnionKind.GROUP,
)
"""Kinds of unions that keep a handling agency (代办点)."""

_SKIPPER = Actor.system("理赔审核层级")
_DAYS = ("unit_days", "agency_days", "office_days")


def agency_of(union_id: int) -> Union | None:
    """The nearest union above, or the union itself, that keeps an agency."""
    return tree.nearest_of_kind(union_id, AGENCIES)


def has_unit(claim: Claim) -> bool:
    """Whether a unit below the agency confirms first."""
    levels = parameters.chain(claim.plan.union_id, clock.today())
    return "unit" in levels and claim.union_id not in (claim.agency_id, claim.plan.union_id)


def has_agency(claim: Claim) -> bool:
    """Whether an agency below the office checks the papers."""
    levels = parameters.chain(claim.plan.union_id, clock.today())
    return "agency" in levels and claim.agency_id is not None and claim.agency_id != claim.plan.union_id


def next_responsible(claim: Claim, state: str) -> int:
    """Who must act in ``state``."""
    if state == ClaimState.SUBMITTED:
        return int(claim.union_id)
    if state in (ClaimState.UNIT_CONFIRMED, ClaimState.AGENCY_SUPPLEMENT):
        return int(claim.agency_id or claim.plan.union_id)
    return int(claim.plan.union_id)


def promise(claim: Claim) -> datetime:
    """By when the claimant hears at the latest: the days of all levels together."""
    today = clock.today()
    days = sum(int(parameters.value(code, claim.plan.union_id, today)) for code in _DAYS)
    return calendar.due_moment(clock.now(), days)


def skip_missing_levels(claim: Claim) -> None:
    """Move a claim past the levels that there are not."""
    if claim.state == ClaimState.SUBMITTED and not has_unit(claim):
        _skip(claim, ClaimEvent.CONFIRM_UNIT)
    if claim.state == ClaimState.UNIT_CONFIRMED and not has_agency(claim):
        _skip(claim, ClaimEvent.CHECK)


def _skip(claim: Claim, event: ClaimEvent) -> None:
    target = claim.MACHINE.require(claim.state, event).target
    lifecycle.apply(
        claim,
        event,
        actor=_SKIPPER,
        decision=allow("no such level"),
        changes={"responsible_id": next_responsible(claim, target)},
    )
