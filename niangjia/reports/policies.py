"""Who reads a report card, who sets what a union wants of a year, and who freezes and restates its figures."""

from __future__ import annotations

from niangjia.commons.unions import scope
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _

READERS = (Role.UNION_OFFICER, Role.REVIEWER, Role.FINANCE_PREPARER, Role.FINANCE_RELEASER)
SETTERS = (Role.UNION_OFFICER,)


def may_read(actor: Actor) -> bool:
    """Whether the actor has a report card to read at all; for one union ``scope.require`` with READERS decides."""
    return actor.is_staff and bool(actor.grants_of(*READERS))


def set_target(actor: Actor, path: str) -> Decision:
    """May they set the union's targets: by the office of union officer there or above."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, path, *SETTERS)
    if grant is None:
        return refuse("TARGET_NOT_YOURS", _("目标由本工会或上级工会的工会干部设定。"))
    return allow(f"{grant.role}@{grant.node_id}")


def freeze(actor: Actor, path: str) -> Decision:
    """May they freeze the union's figures and restate them: by the office of union officer there or above."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, path, *SETTERS)
    if grant is None:
        return refuse("FREEZE_NOT_YOURS", _("数字由本工会或上级工会的工会干部冻结和更正。"))
    return allow(f"{grant.role}@{grant.node_id}")
