"""Reading the tree: who stands above and below whom on which day.

Every reading takes a day (today if None) and an axis (affiliation unless named). Authority and the report card
follow affiliation; a period uses the tree of its last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from django.db.models import BigIntegerField, CharField, DateField, Q, QuerySet

from niangjia.commons.unions.kinds import Axis, UnionKind
from niangjia.commons.unions.models import SpanQuerySet, Union, UnionSpan
from niangjia.kernel import clock
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import _
from niangjia.platform.prepared import Parameter, Prepared

_paths: ContextVar[dict[tuple[int, date, str], str] | None] = ContextVar("paths_of_unions", default=None)


def no_such_union() -> NotFound:
    """The one answer for a union that does not exist and for one that the asker may not know of."""
    return NotFound("UNION_NOT_FOUND", _("没有找到这个工会。"))


def spans(day: date | None = None, axis: str = Axis.AFFILIATION) -> SpanQuerySet:
    """The whole tree as it stands on ``day``."""
    return UnionSpan.objects.on(day or clock.today(), axis)


def range_of(path: str, field: str = "path") -> Q:
    """The condition that ``field`` holds ``path`` or a path below it, in a form that uses the index."""
    return Q(**{f"{field}__gte": path, f"{field}__lt": path[:-1] + "/"})


def ids_in(path: str) -> tuple[int, ...]:
    """The ids of a path, the root first."""
    return tuple(int(part) for part in path.split(".") if part)


def span_of(union_id: int, day: date | None = None, axis: str = Axis.AFFILIATION) -> UnionSpan:
    """Where a union stands. Raises NotFound when there is no such union on that day."""
    return _of(spans(day, axis), union_id)


def _of(rows: SpanQuerySet, union_id: int) -> UnionSpan:
    span = rows.filter(union_id=union_id).first() if _can_be(union_id) else None
    if span is None:
        raise no_such_union()
    return span


def _can_be(union_id: int) -> bool:
    """No column holds a number beyond 64 bits, and asking for one is an error of the database, not an empty answer."""
    return 0 < union_id < 2**63


def _paths_of_one() -> QuerySet[UnionSpan, tuple[str]]:
    day, axis = Parameter("day", DateField()), Parameter("axis", CharField())
    standing = UnionSpan.objects.on(day, axis)  # type: ignore[arg-type]
    return standing.filter(union_id=Parameter("union", BigIntegerField())).values_list("path")


_PATH = Prepared(_paths_of_one)


@contextmanager
def remembered() -> Iterator[None]:
    """Look each path up only once inside the block, for long work during which no union moves."""
    token = _paths.set({})
    try:
        yield
    finally:
        _paths.reset(token)


def path_of(union_id: int, day: date | None = None, axis: str = Axis.AFFILIATION) -> str:
    """The path of a union. Raises NotFound when there is no such union on that day."""
    known = _paths.get()
    place = (union_id, day or clock.today(), axis)
    if known is None:
        return _path_at(*place)
    if place not in known:
        known[place] = _path_at(*place)
    return known[place]


def _path_at(union_id: int, day: date, axis: str) -> str:
    for (path,) in _PATH.ask(union=union_id, day=day, axis=axis) if _can_be(union_id) else ():
        return str(path)
    raise no_such_union()


def paths_of(union_ids: Iterable[int], day: date | None = None, axis: str = Axis.AFFILIATION) -> Mapping[int, str]:
    """The paths of many unions in one query; those that do not exist on that day are missing."""
    return dict(spans(day, axis).filter(union_id__in=set(union_ids)).values_list("union_id", "path"))


def line_ids(union_id: int, day: date | None = None, axis: str = Axis.AFFILIATION) -> tuple[int, ...]:
    """The union and all above it, the nearest first. Raises NotFound."""
    return tuple(reversed(ids_in(path_of(union_id, day, axis))))


def ancestors(union_id: int, day: date | None = None, axis: str = Axis.AFFILIATION) -> list[Union]:
    """The unions above, the nearest first, the union itself left out. Raises NotFound."""
    above = line_ids(union_id, day, axis)[1:]
    found = Union.objects.in_bulk(above)
    return [found[union] for union in above]


def parent_of(union_id: int, day: date | None = None, axis: str = Axis.AFFILIATION) -> Union | None:
    """The union directly above; None for the root. Raises NotFound."""
    return _of(spans(day, axis).select_related("parent"), union_id).parent


def children(union_id: int, day: date | None = None, axis: str = Axis.AFFILIATION) -> QuerySet[Union]:
    """The unions directly below, closed ones included, by code."""
    standing = spans(day, axis).filter(parent_id=union_id).values("union_id")
    return Union.objects.filter(pk__in=standing).order_by("code")


def below(union: int | str, day: date | None = None, axis: str = Axis.AFFILIATION) -> QuerySet[UnionSpan, int]:
    """The ids of a union (given by id, or by its path on ``day``) and of all below it, as a subquery.

    Use it as ``.filter(union_id__in=tree.below(…))``. Raises NotFound for an unknown id.
    """
    path = union if isinstance(union, str) else path_of(union, day, axis)
    return spans(day, axis).below(path).values_list("union_id", flat=True)


def is_below(union_id: int, top_id: int, day: date | None = None, axis: str = Axis.AFFILIATION) -> bool:
    """Whether a union is ``top_id`` or stands below it. Raises NotFound."""
    return top_id in ids_in(path_of(union_id, day, axis))


def root(axis: str = Axis.AFFILIATION) -> Union | None:
    """The top of the tree; None while the tree is empty."""
    span = UnionSpan.objects.filter(axis=axis, parent=None).select_related("union").order_by("-valid_from").first()
    return None if span is None else span.union


def within_same(union_id: int, *, kinds: Iterable[str], day: date | None = None) -> QuerySet[UnionSpan, int]:
    """The ids of all unions that share with ``union_id`` the nearest union above of one of ``kinds`` (itself
    included); of the whole tree when there is none. Raises NotFound."""
    wanted, path = set(kinds), path_of(union_id, day)
    known = dict(Union.objects.filter(pk__in=ids_in(path)).values_list("pk", "kind"))
    line = list(ids_in(path))
    while len(line) > 1 and known[line[-1]] not in wanted:
        line.pop()
    return below("".join(f"{union}." for union in line), day)


def with_parent_names(*, kinds: Iterable[str], day: date | None = None) -> Iterator[tuple[str, str, str]]:
    """Open unions of ``kinds`` as (code, name, parent's name), by parent and code; for lists to choose from."""
    at = day or clock.today()
    rows = (
        spans(at)
        .filter(Q(union__closed_on=None) | Q(union__closed_on__gt=at), union__kind__in=list(kinds))
        .order_by("parent__code", "union__code")
    )
    return iter(rows.values_list("union__code", "union__short_name", "parent__short_name"))


def nearest_of_kind(union_id: int, kinds: Iterable[UnionKind], day: date | None = None) -> Union | None:
    """The union itself or the nearest above it that is of one of ``kinds``. Raises NotFound."""
    line = line_ids(union_id, day)
    found = Union.objects.filter(pk__in=line, kind__in=list(kinds)).in_bulk()
    return next((found[union] for union in line if union in found), None)


def responsible_for(area_code: str, day: date | None = None) -> Union | None:
    """The union that answers for a place: of its street or town, else of its district, else of its city.

    See :mod:`niangjia.commons.unions.responsible`, which asks the employer's union first.
    """
    from niangjia.commons.unions import responsible

    return responsible.for_area(area_code, day or clock.today())
