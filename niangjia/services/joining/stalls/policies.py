"""Who may see a stall, open one and run it. An employer's agent is in no list: to it there are no stalls."""

from __future__ import annotations

from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor, Grant
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import Text, _
from niangjia.services.joining.stalls.models import Stall, StallQuerySet

READERS = (Role.STALL_OFFICER, Role.UNION_OFFICER, Role.REVIEWER)
STAFF = (Role.STALL_OFFICER, Role.UNION_OFFICER)


def visible_stalls(actor: Actor) -> StallQuerySet:
    """The stalls of unions within the actor's offices."""
    if actor.is_system:
        return Stall.objects.all()
    if actor.is_staff and actor.grants_of(*READERS):
        return Stall.objects.filter(scope.within(actor, *READERS))
    return Stall.objects.none()


def listed_stalls(actor: Actor) -> StallQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    return visible_stalls(actor).filter(scope.shown(actor, *READERS))


def may_list(actor: Actor) -> Decision:
    """Whether there are stalls for the actor at all."""
    if actor.is_system or (actor.is_staff and actor.grants_of(*READERS)):
        return allow("office")
    return refuse("NO_OFFICE_HERE", _no_office())


def may_open(actor: Actor) -> Decision:
    """Whether the actor may hold a talk somewhere; where, says :func:`office_for`."""
    if actor.is_staff and actor.grants_of(*STAFF):
        return allow("office")
    return refuse("NO_OFFICE_HERE", _no_office())


def office_for(actor: Actor, union: Union) -> Grant:
    """The actor's office from which a talk of ``union`` may be held. Raises NotFound, NotAllowed."""
    return scope.require(actor, union.pk, *STAFF)


def may_run(actor: Actor, stall: Stall) -> Decision:
    """Show the code, change it, end the stall, record a founding: staff of its union or of one above it."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(stall.union_id), *STAFF) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    return allow(ground_of(grant))


def _no_office() -> Text:
    return _("您没有办理现场入会的职务。")
