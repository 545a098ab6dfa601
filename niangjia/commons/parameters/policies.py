"""Who may set the parameters of a union."""

from __future__ import annotations

from niangjia.commons.unions import scope
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _

OFFICES = (Role.UNION_OFFICER, Role.SYSTEM_ADMIN)


def publish(actor: Actor, path: str) -> Decision:
    """Officers of the union with ``path`` or of one above."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, path, *OFFICES)
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    return allow(ground_of(grant))
