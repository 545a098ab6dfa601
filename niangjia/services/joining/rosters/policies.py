"""Who may see a roster and who may move it. An employer's agent is in no list: to it there are no rosters."""

from __future__ import annotations

from niangjia.commons.rosters.models import StagedRosterQuerySet
from niangjia.commons.rosters.states import RosterState
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor, Grant
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import Text, _
from niangjia.services.joining.rosters.models import Roster

READERS = (Role.UNION_OFFICER, Role.REVIEWER)
WORKERS = (Role.UNION_OFFICER,)


def visible_rosters(actor: Actor) -> StagedRosterQuerySet:
    """The rosters for unions within the actor's offices."""
    rows: StagedRosterQuerySet = Roster.objects.all()
    if actor.is_system:
        return rows
    if actor.is_staff and actor.grants_of(*READERS):
        return rows.filter(scope.within(actor, *READERS))
    return rows.none()


def listed_rosters(actor: Actor) -> StagedRosterQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    rows: StagedRosterQuerySet = visible_rosters(actor).filter(scope.shown(actor, *READERS))
    return rows


def may_list(actor: Actor) -> Decision:
    """Whether there are rosters for the actor at all."""
    if actor.is_system or (actor.is_staff and actor.grants_of(*READERS)):
        return allow("office")
    return refuse("NO_OFFICE_HERE", _no_office())


def may_upload(actor: Actor) -> Decision:
    """Whether the actor may bring people in somewhere; where, says :func:`office_for`."""
    if actor.is_staff and actor.grants_of(*WORKERS):
        return allow("office")
    return refuse("NO_OFFICE_HERE", _no_office())


def _no_office() -> Text:
    return _("您没有办理批量入会的职务。")


def office_for(actor: Actor, union: Union) -> Grant:
    """The actor's office from which people may be brought into ``union``. Raises NotFound, NotAllowed."""
    return scope.require(actor, union.pk, *WORKERS)


def may_work(actor: Actor, roster: Roster) -> Decision:
    """Confirm, apply, check again, discard: an officer of the roster's union or of one above it."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(roster.union_id), *WORKERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    return allow(ground_of(grant))


def may_apply(actor: Actor, roster: Roster) -> Decision:
    """Like :func:`may_work`; who confirmed a roster for a second pair of eyes is not that pair."""
    second = roster.state == RosterState.CONFIRMED and actor.user_id == roster.confirmed_by_id
    if second and not actor.is_system:
        return refuse("SECOND_EYES", _("这份名单由您确认，要请另一位工会干部复核后登记。"))
    return may_work(actor, roster)
