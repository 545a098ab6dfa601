"""Who may see the undoing of a death, propose it and decide: each question beside its queryset twin."""

from __future__ import annotations

from niangjia.commons.people import policies as people
from niangjia.commons.people.models import Membership
from niangjia.commons.people.policies import READERS
from niangjia.commons.people.wrong_deaths.models import WrongDeath
from niangjia.commons.unions import scope
from niangjia.commons.unions.policies import ground_of
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.platform.lifecycle.models import TrackedQuerySet


def no_such_case() -> NotFound:
    """The one answer for a case that does not exist and for one out of sight."""
    return NotFound("NOT_FOUND", _("没有找到这件撤销去世登记。"))


def visible_cases(actor: Actor) -> TrackedQuerySet:
    """Those of the unions within the actor's offices, one's own matter left out."""
    rows: TrackedQuerySet = WrongDeath.objects.all()
    if actor.is_system:
        return rows
    if actor.is_staff and actor.grants_of(*READERS):
        return rows.filter(scope.within(actor, *READERS)).exclude(person__user=actor.user_id)
    return rows.none()


def listed_cases(actor: Actor) -> TrackedQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    return visible_cases(actor).filter(scope.shown(actor, *READERS))


def may_list(actor: Actor) -> Decision:
    """Whether there are such cases for the actor at all."""
    held = actor.grants_of(*READERS) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您没有查看这类事项的职务。"))
    return allow(ground_of(held[0]))


def may_propose(actor: Actor, membership: Membership) -> Decision:
    """Propose: whoever may change the membership."""
    return people.may_keep(actor, membership)


def may_decide(actor: Actor, case: WrongDeath) -> Decision:
    """Approve or refuse: another one who may change the membership."""
    here = people.may_keep(actor, case.membership)
    if here and not actor.is_system and actor.user_id == case.proposed_by_id:
        return refuse("OWN_PROPOSAL", _("要由另一位同事复核，不能复核自己提出的。"))
    return here


def may_withdraw(actor: Actor, case: WrongDeath) -> Decision:
    """Take it back: who proposed it; the system when the person is erased."""
    if actor.is_system or (actor.is_staff and actor.user_id == case.proposed_by_id):
        return allow("system" if actor.is_system else "own")
    return refuse("NOT_YOURS", _("只有提出的同事可以撤回。"))
