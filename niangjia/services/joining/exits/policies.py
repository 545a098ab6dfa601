"""Who may see a case of deemed exit and who may move it. An employer's agent is in no list."""

from __future__ import annotations

from niangjia.commons.people import policies as people
from niangjia.commons.people.policies import READERS
from niangjia.commons.unions import scope
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.services.joining.exits.models import Exit, ExitQuerySet
from niangjia.services.joining.exits.states import ExitState


def not_found() -> NotFound:
    """The one answer for a case that does not exist and for one out of sight."""
    return NotFound("NOT_FOUND", _("没有找到这件视为退会。"))


def visible_exits(actor: Actor) -> ExitQuerySet:
    """A member's own once it was warned of; an officer's by the union, one's own left out."""
    rows: ExitQuerySet = Exit.objects.all()
    if actor.is_system:
        return rows
    if actor.is_member:
        own = rows.filter(person=actor.person_id) if actor.person_id else rows.none()
        return own.exclude(state=ExitState.LISTED)
    if actor.is_staff and actor.grants_of(*READERS):
        return rows.filter(scope.within(actor, *READERS)).exclude(person__user=actor.user_id)
    return rows.none()


def listed_exits(actor: Actor) -> ExitQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    return visible_exits(actor).filter(scope.shown(actor, *READERS))


def may_list(actor: Actor) -> Decision:
    """Whether there are such cases for the actor at all."""
    held = actor.grants_of(*READERS) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您没有查看视为退会的职务。"))
    return allow(ground_of(held[0]))


def may_act(actor: Actor) -> Decision:
    """Whether the actor acts on any; on which, says :func:`may_decide`."""
    held = actor.grants_of(Role.UNION_OFFICER) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    return allow(ground_of(held[0]))


def may_decide(actor: Actor, case: Exit) -> Decision:
    """Warn, keep, deem, undo: whoever may change the membership."""
    return people.may_keep(actor, case.membership)


def may_answer(actor: Actor, case: Exit) -> Decision:
    """Say that one is still there: only the member."""
    if actor.is_member and actor.person_id == case.person_id:
        return allow("own")
    return refuse("NOT_YOURS", _("只有本人可以这样操作。"))
