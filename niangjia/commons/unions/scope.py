"""How far an office reaches: conditions for queries, and the check for one union.

Reach is judged on the tree of today: an officer sees what stands below the union now, also what happened there before.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from niangjia.commons.unions import tree
from niangjia.commons.unions.kinds import Axis
from niangjia.commons.unions.models import UnionSpan
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, Grant
from niangjia.kernel.errors import NotAllowed
from niangjia.kernel.text import _

NOTHING = Q(pk__in=[])


def grants(actor: Actor, *roles: str) -> tuple[Grant, ...]:
    """The actor's grants with one of ``roles``. With no role named all but ``employer_agent``, who is the employer's
    side and sees nothing unless a room names that role."""
    found = actor.grants_of(*roles)
    return found if roles else tuple(grant for grant in found if grant.role != Role.EMPLOYER_AGENT)


def within(actor: Actor, *roles: str, field: str = "union") -> Q:
    """The condition that the union in ``field`` lies within the actor's reach by one of ``roles``.

    The system reaches everything, who holds no such office nothing. Costs no query of its own.
    """
    if actor.is_system:
        return Q()
    return _reaching(field, outermost(grant.path for grant in grants(actor, *roles)))


def shown(actor: Actor, *roles: str, field: str = "union") -> Q:
    """Like :func:`within`, narrowed to the union chosen in the console's switcher, when one is chosen."""
    chosen = Q() if actor.chosen_node_id is None else Q(**{f"{field}__in": tree.below(actor.chosen_node_id)})
    return within(actor, *roles, field=field) & chosen


def require(actor: Actor, union_id: int, *roles: str) -> Grant:
    """The grant by which the actor reaches a union with one of ``roles``, the nearest one first.

    Raises NotFound when the union is out of the actor's sight, NotAllowed NO_OFFICE_HERE when it is in sight but the
    actor holds none of the roles there.
    """
    path = tree.path_of(union_id)
    if actor.is_system:
        return Grant("system", union_id, path)
    found = reaching(actor, path, *roles)
    if found is not None:
        return found
    if reaching(actor, path) is None:
        raise tree.no_such_union()
    raise NotAllowed("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))


def reaching(actor: Actor, path: str, *roles: str) -> Grant | None:
    """The nearest of the actor's grants with one of ``roles`` that reaches ``path``."""
    found = [grant for grant in grants(actor, *roles) if grant.reaches(path)]
    return max(found, key=lambda grant: len(grant.path), default=None)


def outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """``paths`` without those that lie below another of them."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not (kept and path.startswith(kept[-1])):
            kept.append(path)
    return tuple(kept)


def _reaching(field: str, paths: Iterable[str]) -> Q:
    ranges = Q()
    for path in paths:
        ranges |= tree.range_of(path)
    if not ranges:
        return NOTHING
    spans = UnionSpan.objects.on(clock.today(), Axis.AFFILIATION).filter(ranges)
    return Q(**{f"{field}__in": spans.values("union_id")})
