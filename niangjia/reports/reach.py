"""What the pages of the report card begin with: the union in reach, the indicator, the path above the title."""

from __future__ import annotations

from django.urls import reverse

from niangjia.commons.ledger import indicators
from niangjia.commons.ledger.indicators import Indicator
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import _
from niangjia.platform.web.parts import Crumb
from niangjia.reports import policies


def own_union(actor: Actor) -> Union:
    """The union chosen in the switcher, else the actor's own; raises NotFound for who reads no card."""
    grants = actor.grants_of(*policies.READERS)
    if not grants:
        raise NotFound("REPORT_NOT_FOUND", _("您没有可以查看的成绩单。"))
    chosen = actor.chosen_node_id or min(grants, key=lambda grant: len(grant.path)).node_id
    scope.require(actor, chosen, *policies.READERS)
    return Union.objects.get(pk=chosen)


def union_of(actor: Actor, public_id: str) -> Union:
    """A named union; raises NotFound where the actor reads no card."""
    union = Union.objects.filter(public_id=public_id).first()
    if union is None:
        raise tree.no_such_union()
    scope.require(actor, union.pk, *policies.READERS)
    return union


def indicator_of(code: str) -> Indicator:
    """A declared indicator; raises NotFound."""
    indicator = indicators.find(code)
    if indicator is None:
        raise NotFound("INDICATOR_NOT_FOUND", _("没有找到这个指标。"))
    return indicator


def crumbs(actor: Actor, union: Union, *more: Crumb) -> list[Crumb]:
    """The unions above within the actor's reach, then the union itself."""
    line = [*reversed(tree.ancestors(union.pk)), union]
    paths = tree.paths_of([above.pk for above in line])
    seen = [above for above in line if scope.reaching(actor, paths[above.pk], *policies.READERS) or above == union]
    links = [Crumb(above.short_name, reverse("report:union", args=[above.public_id])) for above in seen]
    return [*links, *more] if more else [*links[:-1], Crumb(union.short_name)]
