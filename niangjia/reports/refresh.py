"""Keeping the cells: what the ledger and the tree changed is counted anew, what does not exist yet is built.

Cells are kept for the city, districts, streets and towns over months, quarters and years. Everything here runs under
the lock of the one Refresh row, so that an older count never overwrites a newer one, and in short transactions, so
that SQLite's writers wait little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction

from niangjia.commons.ledger import dims, queries
from niangjia.commons.ledger.indicators import Counted, Part, all_indicators
from niangjia.commons.unions.kinds import Axis, UnionKind
from niangjia.commons.unions.models import TreeChange, Union, UnionSpan
from niangjia.commons.unions.tree import ids_in
from niangjia.kernel import clock
from niangjia.kernel.periods import Period, standard_containing
from niangjia.reports import build, grouped
from niangjia.reports.grouped import Count, Spot
from niangjia.reports.kept import LARGEST_RECOUNT
from niangjia.reports.models import Refresh, ReportBuilt, ReportCell

KEPT_KINDS = (
    UnionKind.NATIONAL,
    UnionKind.CITY,
    UnionKind.DISTRICT,
    UnionKind.DEVELOPMENT_AREA,
    UnionKind.STREET,
    UnionKind.TOWN,
)
NOTES_AT_ONCE = 2_000
REST = timedelta(minutes=15)
"""How long a cell over more than LARGEST_RECOUNT records stands before it is counted anew."""
_MEASURES_AT_ONCE = 50
_TREE_MEMORY = timedelta(hours=1)
_MOVES = ("moved", "move_cancelled")


@dataclass(frozen=True)
class Wanted:
    """The cells to keep of one set of facts: all measures that some indicator counts under them."""

    facts: dims.Facts
    counted: Counted
    measures: frozenset[str]


@dataclass(frozen=True)
class Refreshed:
    """``notes`` changes of the ledger taken up, ``built`` (period, facts, measure) built anew."""

    notes: int = 0
    built: int = 0


def wanted() -> list[Wanted]:
    """What the declared indicators need, one entry for each set of facts."""
    parts: dict[tuple[str, Counted], list[Part]] = defaultdict(list)
    for indicator in all_indicators():
        for part in indicator.parts:
            parts[part.key[1:]].append(part)
    return [
        Wanted(group[0].dims, counted, frozenset(part.measure for part in group))
        for (_digest, counted), group in sorted(parts.items())
    ]


def run() -> Refreshed:
    """Follow the tree and the ledger, then build what is missing; short transactions one after another."""
    notes = follow(rest=REST)
    return Refreshed(notes=notes, built=build_missing())


def follow(*, rest: timedelta, at_once: int = NOTES_AT_ONCE) -> int:
    """Follow the changes of the tree and of the ledger; returns how many changes of the ledger were taken up.

    A cell over more records than are counted while somebody waits is counted anew only when it is older than ``rest``;
    until then it stands with its moment. With no rest every kept cell is true afterwards. ``at_once`` changes of one
    measure are taken up together: the more, the fewer times a cell is counted, and the longer writers wait.
    """
    follow_tree()
    notes = 0
    while taken := take_up_notes(at_once, rest=rest):
        notes += taken
    recount_overtaken(rest=rest)
    return notes


def take_up_notes(limit: int = NOTES_AT_ONCE, *, rest: timedelta = timedelta(0)) -> int:
    """Count anew the cells that up to ``limit`` changes of the ledger touched; returns how many changes were taken.

    What was not built yet is not counted here: whoever builds it counts every record.
    """
    with transaction.atomic():
        state = _locked()
        if state is None:
            return 0
        notes = queries.take_touched(limit)
        _note_first_day(state, [day for _measure, _union, day in notes])
        for period, unions_of in _touched_periods(notes):
            _recount(period, unions_of, rest)
        return len(notes)


def recount_overtaken(*, rest: timedelta) -> int:
    """Count anew the overtaken cells that have rested; returns how many, one transaction for each."""
    old = ReportCell.objects.filter(overtaken=True, computed_to__lte=clock.now() - rest)
    entries = {
        (dimset_id, entry.counted): entry for entry in wanted() for dimset_id in dims.find([entry.facts]).values()
    }
    done = 0
    for cell in list(old.order_by("computed_to")):
        entry = entries.get((cell.dimset_id, Counted(cell.counted)))
        with transaction.atomic():
            if entry is not None and _locked() is not None:
                _write(Period(cell.first, cell.last), entry, [cell.measure], [cell.node_id])
                done += 1
    return done


def build_missing() -> int:
    """Build the cells of every standard period since the ledger's first day that do not exist yet; returns how many
    (period, facts, measure) were built."""
    first = _first_day()
    if first is None:
        return 0
    built = 0
    for period in standard_periods(first, clock.today()):
        missing = _measures_of(period, built=False)
        nodes = sorted(_kept_nodes(period.last)) if missing else []
        for batch in _batches(missing):
            with transaction.atomic():
                if _locked() is not None:
                    _build(period, nodes, batch)
                    built += len(batch)
    return built


def follow_tree() -> int:
    """Drop the cells that a move of unions made untrue, so that they are counted when read and built anew; returns how
    many changes of the tree were followed. Moves recorded late mark the days between as restated."""
    with transaction.atomic():
        state = _locked()
        if state is None:
            return 0
        since = state.refreshed_at - _TREE_MEMORY
        changes = list(
            TreeChange.objects.filter(recorded_at__gte=since, axis=Axis.AFFILIATION, kind__in=_MOVES)
            .exclude(pk__in=state.tree_changes_seen)
            .values_list("pk", "effective_on")
        )
        if changes:
            _drop(min(day for _pk, day in changes))
        recent = TreeChange.objects.filter(recorded_at__gte=clock.now() - _TREE_MEMORY)
        known = {*state.tree_changes_seen, *(pk for pk, _day in changes)}
        state.tree_changes_seen = sorted(known & set(recent.values_list("pk", flat=True)))
        state.refreshed_at = clock.now()
        state.save()
        return len(changes)


def standard_periods(first: date, last: date) -> list[Period]:
    """All months, quarters and years that hold a day from ``first`` to ``last``."""
    month, found = Period.month(first.year, first.month), set[Period]()
    while month.first <= last:
        found |= set(standard_containing(month.first)[1:])
        month = standard_containing(month.last + timedelta(days=1))[1]
    return sorted(found)


def _locked() -> Refresh | None:
    """The Refresh row, locked until the end of the transaction; None while somebody else holds it."""
    Refresh.objects.get_or_create(pk=1)
    rows = Refresh.objects.filter(pk=1)
    skips = connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(skip_locked=True).first() if skips else rows.first()


def _touched_periods(notes: Iterable[tuple[str, int, date]]) -> Iterator[tuple[Period, dict[str, set[int]]]]:
    """The standard periods whose cells the notes touch, each with the unions concerned by measure. A stock touches
    every period from its day on."""
    entries = wanted()
    stocks = {measure for entry in entries if entry.counted is Counted.RUNNING for measure in entry.measures}
    flows = {measure for entry in entries if entry.counted is not Counted.RUNNING for measure in entry.measures}
    touched: dict[Period, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for measure, union_id, day in notes:
        periods = set(standard_containing(day)[1:]) if measure in flows else set()
        if measure in stocks:
            periods |= set(standard_periods(day, max(day, clock.today())))
        for period in periods:
            touched[period][measure].add(union_id)
    for period in sorted(touched):
        yield period, touched[period]


def _kept_above(union_ids: Collection[int], day: date) -> dict[int, set[int]]:
    """For each of ``union_ids`` the nodes with cells among it and those above it on ``day``."""
    ids, line = list(union_ids), dict[int, tuple[int, ...]]()
    for start in range(0, len(ids), 500):
        paths = UnionSpan.objects.on(day).filter(union_id__in=ids[start : start + 500])
        line.update({union: ids_in(path) for union, path in paths.values_list("union_id", "path")})
    above = {node for nodes in line.values() for node in nodes}
    kept = {node for node, kind in _kinds(above) if kind in KEPT_KINDS}
    return {union: kept.intersection(nodes) for union, nodes in line.items()}


def _kinds(union_ids: Collection[int]) -> Iterator[tuple[int, str]]:
    ids = list(union_ids)
    for start in range(0, len(ids), 500):
        yield from Union.objects.filter(pk__in=ids[start : start + 500]).values_list("pk", "kind")


def _recount(period: Period, unions_of: Mapping[str, Collection[int]], rest: timedelta) -> None:
    """Count anew what stands over ``period`` for the touched unions of each measure and all above them."""
    standing = [pair for pair in _measures_of(period, built=True) if pair[1] in unions_of]
    if not standing:
        return
    kept = _kept_above({union for unions in unions_of.values() for union in unions}, period.last)
    for entry, measure in standing:
        nodes = set[int]().union(*(kept.get(union, ()) for union in unions_of[measure]))
        resting = _let_rest(period, entry, measure, nodes, rest)
        _write(period, entry, [measure], nodes - resting)


def _let_rest(period: Period, entry: Wanted, measure: str, nodes: Collection[int], rest: timedelta) -> set[int]:
    """Mark the large cells that were counted less than ``rest`` ago as overtaken; returns their nodes."""
    large = ReportCell.objects.filter(
        first=period.first,
        last=period.last,
        counted=entry.counted,
        dimset_id__in=dims.find([entry.facts]).values(),
        measure=measure,
        rows__gt=LARGEST_RECOUNT,
        computed_to__gt=clock.now() - rest,
    )
    resting = {pk: node for pk, node in large.values_list("pk", "node_id") if node in nodes}
    ReportCell.objects.filter(pk__in=resting).update(overtaken=True)
    return set(resting.values())


def _first_day() -> date | None:
    """The earliest day of the ledger; looked up there once, then kept by the notes."""
    with transaction.atomic():
        state = _locked()
        if state is None:
            return None
        if state.first_day is None:
            state.first_day = queries.first_day()
            state.save()
        return state.first_day


def _note_first_day(state: Refresh, days: Collection[date]) -> None:
    if days and state.first_day is not None and min(days) < state.first_day:
        state.first_day = min(days)
        state.save()


def _measures_of(period: Period, *, built: bool) -> list[tuple[Wanted, str]]:
    """The measures of which cells were built over ``period``, or of which none were yet, each with its facts."""
    known = set(
        ReportBuilt.objects.filter(first=period.first, last=period.last).values_list("measure", "dimset_id", "counted")
    )
    if built and not known:
        return []
    entries = wanted()
    dimsets = dims.find(entry.facts for entry in entries)
    return [
        (entry, measure)
        for entry in entries
        for measure in sorted(entry.measures)
        if ((measure, dimsets.get(dims.hash_of(entry.facts)), entry.counted) in known) is built
    ]


def _batches(missing: Sequence[tuple[Wanted, str]]) -> Iterator[list[tuple[Wanted, str]]]:
    """What is built in one transaction: entries under the same facts, a few measures together.

    One pass over the records answers many measures, sums beside different persons. Of a long ledger SQLite takes one
    measure at a time, because its writers wait meanwhile.
    """
    at_once = _MEASURES_AT_ONCE if connection.vendor == "postgresql" or queries.is_short() else 1
    groups: dict[tuple[str, bool], dict[str, list[tuple[Wanted, str]]]] = defaultdict(lambda: defaultdict(list))
    for entry, measure in missing:
        groups[dims.hash_of(entry.facts), entry.counted is Counted.RUNNING][measure].append((entry, measure))
    for by_measure in groups.values():
        ordered = list(by_measure.values())
        for start in range(0, len(ordered), at_once):
            yield [pair for pairs in ordered[start : start + at_once] for pair in pairs]


def _build(period: Period, nodes: Sequence[int], batch: Sequence[tuple[Wanted, str]]) -> None:
    """Build the cells of a batch; who counts different persons counts the sums by the way."""
    facts = batch[0][0].facts
    dimset_id = dims.intern([facts])[0]
    cells = build.Cells(period, nodes, facts, dimset_id, clock.now())
    by_person = {measure for entry, measure in batch if entry.counted is Counted.PERSONS}
    build.count_in(cells, by_person, Counted.PERSONS)
    for how in {entry.counted for entry, _measure in batch} - {Counted.PERSONS}:
        wanted_so = {measure for entry, measure in batch if entry.counted is how}
        build.sums_of(cells, wanted_so & by_person, how)
        build.count_in(cells, wanted_so - by_person, how)
    built = [
        ReportBuilt(first=period.first, last=period.last, measure=measure, dimset_id=dimset_id, counted=entry.counted)
        for entry, measure in batch
    ]
    ReportBuilt.objects.bulk_create(built, ignore_conflicts=True)


def _kept_nodes(day: date) -> list[int]:
    standing = UnionSpan.objects.on(day).filter(union__kind__in=KEPT_KINDS)
    return list(standing.values_list("union_id", flat=True))


def _write(period: Period, entry: Wanted, measures: Collection[str], nodes: Collection[int]) -> None:
    if not measures or not nodes:
        return
    at = clock.now()
    spots = [Spot(node, period) for node in sorted(nodes)]
    counts = grouped.count(spots, measures, entry.facts, counted=entry.counted)
    dimset_id = dims.intern([entry.facts])[0]
    cells = [
        _cell(spot, measure, counts.get((spot, measure), Count()), dimset_id=dimset_id, counted=entry.counted)
        for spot in spots
        for measure in sorted(measures)
    ]
    for cell in cells:
        cell.computed_to = at
    ReportCell.objects.bulk_create(
        cells,
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=["node_id", "first", "last", "measure", "dimset_id", "counted"],
        update_fields=["rows", "value", "fen", "persons", "computed_to", "overtaken"],
    )


def _cell(spot: Spot, measure: str, count: Count, *, dimset_id: int, counted: Counted) -> ReportCell:
    return ReportCell(
        node_id=spot.node_id,
        first=spot.period.first,
        last=spot.period.last,
        measure=measure,
        dimset_id=dimset_id,
        counted=counted,
        rows=count.rows,
        value=count.qty,
        fen=count.fen,
        persons=count.persons,
    )


def _drop(since: date) -> None:
    ReportCell.objects.filter(last__gte=since).delete()
    ReportBuilt.objects.filter(last__gte=since).delete()
