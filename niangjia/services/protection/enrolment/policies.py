"""Who may see a list of people to be enrolled, who may move it, and which office decides."""

from __future__ import annotations

from typing import Any

from niangjia.commons.rosters.models import StagedRosterQuerySet
from niangjia.commons.rosters.states import RosterState
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor, Grant
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import Text, _
from niangjia.services.protection.enrolment.models import Roster

BRINGERS = (Role.UNION_OFFICER, Role.AGENCY_CLERK, Role.REVIEWER)
"""Offices that may see and bring lists for their union and those below: a unit, an agency, the city's office."""


def visible_rosters(actor: Actor) -> StagedRosterQuerySet:
    """The lists for unions within the actor's offices."""
    lists: Any = Roster.objects
    rows: StagedRosterQuerySet = lists.select_related("plan", "plan__union", "version")
    if actor.is_system:
        return rows
    if actor.is_staff and actor.grants_of(*BRINGERS):
        return rows.filter(scope.within(actor, *BRINGERS))
    return rows.none()


def listed_rosters(actor: Actor) -> StagedRosterQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    rows: StagedRosterQuerySet = visible_rosters(actor).filter(scope.shown(actor, *BRINGERS))
    return rows


def may_list(actor: Actor) -> Decision:
    """Whether there are lists for the actor at all."""
    if actor.is_system or (actor.is_staff and actor.grants_of(*BRINGERS)):
        return allow("office")
    return refuse("NO_OFFICE_HERE", _no_office())


def may_upload(actor: Actor) -> Decision:
    """Whether the actor may bring a list for some union; for which, says :func:`office_for`."""
    if actor.is_staff and actor.grants_of(*BRINGERS):
        return allow("office")
    return refuse("NO_OFFICE_HERE", _no_office())


def _no_office() -> Text:
    return _("您没有办理参保的职务。")


def office_for(actor: Actor, union: Union) -> Grant:
    """The actor's office from which people of ``union`` may be enrolled. Raises NotFound, NotAllowed."""
    return scope.require(actor, union.pk, *BRINGERS)


def may_work(actor: Actor, roster: Roster) -> Decision:
    """Confirm, pass on, check again, discard: an office of exactly the union at which the list waits, or the one that
    brought it or stands above it."""
    if actor.is_system:
        return allow("system")
    if roster.bought:
        return refuse("BOUGHT_LIST", _("这份名单属于一次团体购买，请在购买页面办理。"))
    grant = scope.reaching(actor, tree.path_of(roster.office_id), *BRINGERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("这份名单现在由“{union}”办理。", union=roster.office.name))
    return allow(ground_of(grant))


def may_apply(actor: Actor, roster: Roster) -> Decision:
    """Decide: an office of the plan's own union, and never who confirmed the list or passed it on."""
    if actor.is_system:
        return allow("system")
    if roster.bought:
        return refuse("BOUGHT_LIST", _("这份名单属于一次团体购买，请在购买页面办理。"))
    grant = scope.reaching(actor, tree.path_of(roster.plan.union_id), *BRINGERS) if actor.is_staff else None
    if grant is None:
        office = roster.plan.union.name
        return refuse("NOT_DECIDING", _("由“{office}”最后确认参保，请先上报。", office=office))
    hands = (roster.confirmed_by_id, roster.forwarded_by_id)
    if roster.state != RosterState.READY and actor.user_id in hands:
        return refuse("FOUR_EYES", _("这份名单经您的手上报，要请另一位同事确认。"))
    return allow(ground_of(grant))
