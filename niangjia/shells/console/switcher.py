"""The union switcher: my own unions, the way down to the chosen one, and what stands directly below it."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest

from niangjia.commons.unions import queries, scope, tree
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.web.hooks import UnionChoice

MOST_BELOW = 60


def choices(request: HttpRequest) -> Sequence[UnionChoice]:
    """The lines of the switcher; further unions are found on the page of unions."""
    actor = actor_of(request)
    tops = [int(path.rstrip(".").rsplit(".", 1)[-1]) for path in _tops(actor)]
    if not tops:
        return ()
    chosen = actor.chosen_node_id if actor.chosen_node_id else (tops[0] if len(tops) == 1 else None)
    return _lines(tops, chosen)


def may_choose(actor: Actor, union_id: int) -> bool:
    """Whether the union lies within the actor's reach."""
    return queries.unions_of(actor).filter(pk=union_id).exists()


def _tops(actor: Actor) -> tuple[str, ...]:
    return scope.outermost(grant.path for grant in scope.grants(actor))


def _lines(tops: list[int], chosen: int | None) -> list[UnionChoice]:
    line = list(reversed(tree.line_ids(chosen))) if chosen else []
    below = list(tree.children(chosen).values_list("pk", flat=True)[:MOST_BELOW]) if chosen else []
    names = dict(Union.objects.filter(pk__in={*tops, *line, *below}).values_list("pk", "name"))
    found: list[UnionChoice] = []
    for top in tops:
        found.append(UnionChoice(top, names.get(top, ""), 0, top == chosen))
        if top in line:
            way = line[line.index(top) + 1 :]
            found += [UnionChoice(pk, names.get(pk, ""), depth, pk == chosen) for depth, pk in enumerate(way, 1)]
            found += [UnionChoice(pk, names.get(pk, ""), len(way) + 1) for pk in below]
    return found
