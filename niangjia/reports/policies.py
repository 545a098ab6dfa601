"""Who reads a report card, and who sets what a union wants of a year."""

from __future__ import annotations

from niangjia.commons.unions import scope
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _

READERS = (Role.UNION_OFFICER, Role.REVIEWER, Role.FINANCE_PREPARER, Role.FINANCE_RELEASER)
SETTERS = (Role.UNION_OFFICER,)


def may_read(actor: Actor) -> bool:
    """Whether the actor has a report card to read at all; which unions' is decided by :func:`read`."""
    return actor.is_staff and bool(actor.grants_of(*READERS))


def read(actor: Actor, path: str) -> Decision:
    """May they read the card of the union with ``path``: by an office there or above."""
    return _by_office(actor, path, READERS, "REPORT_NOT_YOURS")


def set_target(actor: Actor, path: str) -> Decision:
    """May they set the union's targets: by the office of union officer there or above."""
    return _by_office(actor, path, SETTERS, "TARGET_NOT_YOURS")


def _by_office(actor: Actor, path: str, roles: tuple[Role, ...], code: str) -> Decision:
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, path, *roles)
    if grant is None:
        return refuse(code, _("这件事由本工会或上级工会的工会干部办理。"))
    return allow(f"{grant.role}@{grant.node_id}")
