"""Who keeps the sites of a union, and which sites an office reaches."""

from __future__ import annotations

from niangjia.commons.places.models import Site, SiteQuerySet
from niangjia.commons.unions import scope
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _


def keep_sites(actor: Actor, path: str) -> Decision:
    """Open and close: officers of the union with ``path`` or of one above."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, path, Role.UNION_OFFICER)
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    return allow(ground_of(grant))


def visible_sites(actor: Actor) -> SiteQuerySet:
    """The sites of the unions within the actor's reach."""
    return Site.objects.filter(scope.within(actor))
