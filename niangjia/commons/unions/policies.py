"""Who may change the tree and who may appoint whom."""

from __future__ import annotations

from niangjia.commons.unions import scope
from niangjia.commons.unions.roles import ADMINS, FINANCE, Role
from niangjia.kernel.actor import Actor, Grant
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _

TREE_OFFICES = (Role.UNION_OFFICER, Role.SYSTEM_ADMIN)
"""Offices that found, move, rename and close unions below their own."""

EMPLOYER_OFFICES = (Role.UNION_OFFICER, Role.STALL_OFFICER, Role.REVIEWER)


def ground_of(grant: Grant) -> str:
    """How an office is named in the audit."""
    return f"{grant.role}@{grant.node_id}" + (f" for {grant.deputy_for}" if grant.deputy_for else "")


def change_below(actor: Actor, *paths: str) -> Decision:
    """Found, move or close directly below the unions at ``paths``: an officer of each of them or of one above."""
    if actor.is_system:
        return allow("system")
    found = [grant for path in paths if (grant := scope.reaching(actor, path, *TREE_OFFICES))]
    if not paths or len(found) < len(paths):
        return refuse("NO_OFFICE_ABOVE", _("您没有上级工会的职务，不能这样调整；请联系共同的上级工会。"))
    return allow(" and ".join(dict.fromkeys(ground_of(grant) for grant in found)))


def change_itself(actor: Actor, path: str) -> Decision:
    """Change what a union is called: its own officer or one above."""
    return _by(actor, path, *TREE_OFFICES)


def appoint(actor: Actor, path: str, role: str, user_id: int) -> Decision:
    """Give or take an office at the union with ``path``.

    The security administrator gives every office within reach, a union officer those of daily work; nobody gives one
    to oneself (separation of the administrators, MLPS level 3).
    """
    if actor.is_system:
        return allow("system")
    if actor.user_id == user_id:
        return refuse("OWN_OFFICE", _("不能给自己任免职务，请由别的管理员办理。"))
    if role in ADMINS | FINANCE:
        return _by(actor, path, Role.SECURITY_ADMIN)
    return _by(actor, path, Role.SECURITY_ADMIN, Role.UNION_OFFICER)


def keep_employers(actor: Actor, path: str | None) -> Decision:
    """Register an employer, or tie it to the union with ``path``."""
    if actor.is_system:
        return allow("system")
    if path is not None:
        return _by(actor, path, *EMPLOYER_OFFICES)
    held = scope.grants(actor, *EMPLOYER_OFFICES)
    return allow(ground_of(held[0])) if held else _no_office()


def _by(actor: Actor, path: str, *roles: str) -> Decision:
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, path, *roles)
    return _no_office() if grant is None else allow(ground_of(grant))


def _no_office() -> Decision:
    return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
