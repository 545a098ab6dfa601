"""The tree told the slow and obvious way, to hold the real one against."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from niangjia.commons.unions.kinds import Axis
from niangjia.commons.unions.models import Union, UnionSpan


def boundaries() -> list[date]:
    """Every day on which something in the tree changes, and the day before."""
    days = set(UnionSpan.objects.values_list("valid_from", flat=True).distinct())
    return sorted(days | {day - timedelta(days=1) for day in days})


def broken_invariants(axis: str = Axis.AFFILIATION) -> list[str]:
    """What is wrong with the stored tree on any day; empty when nothing is."""
    founded = dict(Union.objects.values_list("pk", "founded_on"))
    spans = list(UnionSpan.objects.filter(axis=axis))
    found = []
    for day in boundaries():
        standing = defaultdict(list)
        for span in spans:
            if span.valid_from <= day and (span.valid_to is None or span.valid_to > day):
                standing[span.union_id].append(span)
        expected = {pk for pk, since in founded.items() if since <= day}
        found += [f"{day}: {pk} has no span" for pk in expected - set(standing)]
        found += [f"{day}: {pk} has {len(rows)} spans" for pk, rows in standing.items() if len(rows) != 1]
        found += [f"{day}: {pk} stands before its founding" for pk in set(standing) - expected]
        current = {pk: rows[0] for pk, rows in standing.items()}
        roots = [pk for pk, span in current.items() if span.parent_id is None]
        if expected and len(roots) != 1:
            found.append(f"{day}: roots {roots}")
        for pk, span in current.items():
            above = current.get(span.parent_id)
            path = f"{above.path}{pk}." if above else f"{pk}."
            if span.path != path or span.depth != path.count("."):
                found.append(f"{day}: {pk} has path {span.path} depth {span.depth}, expected {path}")
            if len(set(path.split("."))) != len(path.split(".")):
                found.append(f"{day}: cycle in {path}")
    return found


def parents_on(day: date, axis: str = Axis.AFFILIATION) -> dict[int, int | None]:
    return dict(UnionSpan.objects.on(day, axis).values_list("union_id", "parent_id"))
