"""What a parameter is worth at a union on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet

from niangjia.commons.parameters import registry
from niangjia.commons.parameters.models import ParameterVersion
from niangjia.commons.unions import tree


@dataclass(frozen=True)
class Value:
    """The value, and where it comes from: a version published at ``union_id``, or the declared default.

    A decision stores ``version_id`` beside its result, so that it can be explained and done again.
    """

    value: Any
    version_id: int | None = None
    union_id: int | None = None
    default: bool = False


@dataclass
class _Memo:
    """Values by what was asked, and all that a line of unions has published: the same for every day that is asked."""

    values: dict[tuple[str, int | None, date], Value] = field(default_factory=dict)
    published: dict[tuple[str, frozenset[int]], list[ParameterVersion]] = field(default_factory=dict)


_memo: ContextVar[_Memo | None] = ContextVar("parameters_memo", default=None)


def at(code: str, union_id: int | None, day: date) -> Value:
    """The value of ``code`` at a union on ``day``: its own version or the nearest one above, else the default.

    The line above is that of the affiliation as of ``day``. None asks what holds for the whole tree. Raises NotFound
    (PARAMETER_UNKNOWN, UNION_NOT_FOUND).
    """
    memo = _memo.get()
    if memo is None:
        return _looked_up(code, union_id, day)
    key = (code, union_id, day)
    if key not in memo.values:
        memo.values[key] = _looked_up(code, union_id, day)
    return memo.values[key]


def at_many(code: str, union_ids: Iterable[int], day: date) -> Mapping[int, Value]:
    """The same for many unions in two queries. Raises NotFound PARAMETER_UNKNOWN; unknown unions are missing."""
    parameter = registry.find(code)
    lines = {union: tree.ids_in(path) for union, path in tree.paths_of(union_ids, day).items()}
    own = _versions(code, {above for line in lines.values() for above in line}, day)
    return {union: _nearest(own, reversed(line), parameter) for union, line in lines.items()}


def history(code: str, union_id: int) -> QuerySet[ParameterVersion]:
    """What was published for a union itself, newest first."""
    rows = ParameterVersion.objects.filter(code=code, union_id=union_id).select_related("published_by")
    return rows.order_by("-valid_from", "-revision")


@contextmanager
def remembered() -> Iterator[None]:
    """Look each value up only once inside the block. A web request is such a block by itself."""
    token = _memo.set(_Memo())
    try:
        yield
    finally:
        _memo.reset(token)


def remember(*_args: object, **_options: object) -> None:
    """Begin to remember; connected to the start of a request."""
    _memo.set(_Memo())


def forget(*_args: object, **_options: object) -> None:
    """Remember nothing more; connected to the end of a request."""
    _memo.set(None)


def forget_values() -> None:
    """Drop what was looked up: something was published."""
    memo = _memo.get()
    if memo is not None:
        memo.values.clear()
        memo.published.clear()


def _looked_up(code: str, union_id: int | None, day: date) -> Value:
    parameter = registry.find(code)
    if union_id is None:
        top = tree.root()
        line: Sequence[int] = () if top is None else (top.pk,)
    else:
        line = tree.line_ids(union_id, day)
    published = _published(code, frozenset(line))
    return _nearest({one.union_id: one for one in published if one.valid_from <= day}, line, parameter)


def _published(code: str, union_ids: frozenset[int]) -> list[ParameterVersion]:
    """All versions that these unions have of their own, later ones behind."""
    memo = _memo.get()
    known = memo.published.get((code, union_ids)) if memo is not None else None
    if known is None:
        rows = ParameterVersion.objects.filter(code=code, union_id__in=union_ids)
        known = list(rows.order_by("valid_from", "revision"))
        if memo is not None:
            memo.published[code, union_ids] = known
    return known


def _versions(code: str, union_ids: Iterable[int], day: date) -> Mapping[int, ParameterVersion]:
    """The version in force at each union that has one of its own."""
    rows = ParameterVersion.objects.filter(code=code, union_id__in=set(union_ids), valid_from__lte=day)
    return {version.union_id: version for version in rows.order_by("valid_from", "revision")}


def _nearest(own: Mapping[int, ParameterVersion], line: Iterable[int], parameter: registry.Parameter) -> Value:
    for union_id in line:
        version = own.get(union_id)
        if version is not None and not version.inherits:
            return Value(version.value, version.pk, union_id)
    return Value(parameter.default, default=True)
