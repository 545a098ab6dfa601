"""Who may see offers, who answers one, and who reads how many there are.

A member sees their own. Officers see numbers: whom the platform offers their union, it tells nobody before the yes;
then there is a transfer, and that has rules of its own.
"""

from __future__ import annotations

from django.db.models import QuerySet

from niangjia.commons.unions import scope
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.services.joining.fits.models import Fit, FitQuerySet

READERS = (Role.UNION_OFFICER, Role.REVIEWER)


def not_found() -> NotFound:
    """The one answer for an offer that does not exist and for one out of sight."""
    return NotFound("NOT_FOUND", _("没有找到这条推荐。"))


def visible_fits(actor: Actor) -> FitQuerySet:
    """A member's own."""
    rows: FitQuerySet = Fit.objects.all()
    if actor.is_system:
        return rows
    return rows.filter(person=actor.person_id) if actor.is_member and actor.person_id else rows.none()


def may_count(actor: Actor) -> Decision:
    """Whether there are numbers of offers for the actor."""
    held = actor.grants_of(*READERS) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您没有查看会籍接转的职务。"))
    return allow(ground_of(held[0]))


def counted_unions(actor: Actor) -> QuerySet[Union]:
    """The unions in the actor's reach that are offered to somebody, within the union chosen in the switcher."""
    shown = Union.objects.filter(scope.shown(actor, *READERS, field="pk"))
    return shown.filter(pk__in=Fit.objects.values("union"))


def may_answer(actor: Actor, fit: Fit) -> Decision:
    """Say yes, later or no: only the member."""
    if actor.is_member and actor.person_id == fit.person_id:
        return allow("own")
    return refuse("NOT_YOURS", _("只有本人可以这样操作。"))


def may_tend(actor: Actor) -> Decision:
    """Offer, ask again, let rest, close: the clock."""
    return allow("system") if actor.is_system else refuse("NOT_YOURS", _("只有本人可以这样操作。"))
