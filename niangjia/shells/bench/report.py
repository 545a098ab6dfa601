"""``niangjia bench report``: the report card over millions of records, kept ready and counted, in turns.

A throw-away database gets a tree of 20,449 unions and two years of records in 40 programmes, by a few statements. Then
the cells are built as the job builds them, and the card of the city for the last whole year is read beside one plain
statement over the ledger that answers the same. The statement knows nothing of the tree: it is the fastest honest
count, and what it finds must be what the card says.
"""

from __future__ import annotations

import json
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db import connection, transaction

from niangjia.commons.ledger import dims
from niangjia.commons.ledger.indicators import Counted, Indicator, Kind
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.ledger.units import PERSON_TIMES, PERSONS, YUAN
from niangjia.commons.unions.kinds import UnionKind
from niangjia.commons.unions.testing import grown_tree
from niangjia.kernel import clock
from niangjia.kernel.periods import Period
from niangjia.kernel.text import Text
from niangjia.reports import grouped, refresh
from niangjia.reports.figures import Figure, figures
from niangjia.reports.grouped import Spot
from niangjia.shells.bench.registry import Line, Options, Outcome, benchmark
from niangjia.shells.bench.stage import database

PROGRAMMES = 40
ROUNDS = 3
READS = 20
LEVELS = ((UnionKind.CITY, 1), (UnionKind.DISTRICT, 16), (UnionKind.STREET, 22), (UnionKind.PRIMARY, 57))
FIRST_DAY, DAYS = date(2024, 1, 1), 731
YEAR = Period.year(2025)
TODAY = date(2026, 1, 5)
REVERSED_EACH = 200
"""One record in so many was wrong and is reversed."""


@dataclass(frozen=True)
class Found:
    """Seconds of one pass over everything, milliseconds of one reading (the median of some)."""

    records: int
    unions: int
    fill_s: float
    refresh_s: float
    districts_s: float
    base_ms: float
    district_base_ms: float
    card_ms: float
    district_card_ms: float
    follow_ms: float
    equal: bool

    @property
    def ratio(self) -> float:
        return self.card_ms / self.base_ms


def programmes() -> tuple[Indicator, ...]:
    """Person-times, persons and yuan of every programme."""
    return tuple(
        Indicator(f"bench_{number}_{kind}", Text(name), Text(name), unit, kind, measure=_measure(number))
        for number in range(PROGRAMMES)
        for kind, unit in ((Kind.FLOW_QTY, PERSON_TIMES), (Kind.PERSONS, PERSONS), (Kind.FLOW_FEN, YUAN))
        for name in [f"{_measure(number)} {unit.code}"]
    )


def measure(records: int) -> Found:
    """Fill the empty database, build, and compare; the indicators of :func:`programmes` are declared."""
    began = time.perf_counter()
    firsts = grown_tree(LEVELS)
    fill(records, firsts)
    filled = time.perf_counter()
    with clock.travelling(TODAY):
        refresh.run()
        built = time.perf_counter()
        return Found(
            records=records,
            unions=sum(1 for _union in _unions(firsts)),
            fill_s=filled - began,
            refresh_s=built - filled,
            districts_s=_districts(firsts),
            **_compared(firsts),
            follow_ms=_followed(firsts),
        )


def fill(records: int, firsts: Mapping[UnionKind, int]) -> None:
    """``records`` rows of the ledger, spread over leaves, days, programmes and people; indexes come afterwards."""
    primary = firsts[UnionKind.PRIMARY]
    with transaction.atomic():
        dimset = dims.intern([{}])[0]
    with _without_indexes(), connection.cursor() as cursor:
        numbers = _NUMBERS[connection.vendor].format(last=records)
        cursor.execute(_ROWS.format(numbers=numbers, day=_DAY[connection.vendor], leaves=_leaves(), primary=primary,
                                    programmes=PROGRAMMES, people=max(1, records // 3), dimset=dimset))  # fmt: skip
        cursor.execute(_REVERSALS, [REVERSED_EACH])
        cursor.execute("CREATE INDEX bench_reverses ON ledger_row (reverses) WHERE reverses IS NOT NULL")
        cursor.execute(_REVERSED, [REVERSED_EACH])
        cursor.execute("DROP INDEX bench_reverses")
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence('ledger_row', 'id'), MAX(id)) FROM ledger_row")
    _settle()


def _measure(number: int) -> str:
    return f"bench.programme_{number}"


def _leaves() -> int:
    leaves = 1
    for _kind, fan in LEVELS:
        leaves *= fan
    return leaves


def _unions(firsts: Mapping[UnionKind, int]) -> Iterator[int]:
    yield from range(1, firsts[UnionKind.PRIMARY] + _leaves())


@contextmanager
def _without_indexes() -> Iterator[None]:
    """A long load is quicker when its indexes are made once, at the end."""
    indexes = list(LedgerRow._meta.indexes) if connection.vendor == "postgresql" else []
    for index in indexes:
        with connection.schema_editor() as editor:
            editor.remove_index(LedgerRow, index)
    yield
    if indexes:
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '1GB'")
    for index in indexes:
        with connection.schema_editor() as editor:
            editor.add_index(LedgerRow, index)


def _settle() -> None:
    """As a database is that ran for a while: visibility map and statistics are there."""
    with connection.cursor() as cursor:
        inside = connection.in_atomic_block or connection.vendor != "postgresql"
        cursor.execute("ANALYZE" if inside else "VACUUM (ANALYZE) ledger_row")


def _compared(firsts: Mapping[UnionKind, int]) -> dict[str, Any]:
    """The card beside the plain statement, in turns, for the city and for a district."""
    city, district = 1, firsts[UnionKind.DISTRICT]
    base: dict[int, list[float]] = {city: [], district: []}
    card: dict[int, list[float]] = {city: [], district: []}
    equal = True
    for _round in range(ROUNDS):
        for node in (city, district):
            seconds, counted = _timed(partial(plain, node, firsts))
            base[node].append(seconds)
            for _read in range(READS):
                seconds, kept = _timed(partial(figures, node, [YEAR], programmes()))
                card[node].append(seconds)
            equal = equal and _said(kept) == counted
    middle = {key: statistics.median(values) * 1000 for key, values in (
        ("base_ms", base[city]), ("district_base_ms", base[district]),
        ("card_ms", card[city]), ("district_card_ms", card[district]))}  # fmt: skip
    return {**middle, "equal": equal}


def plain(node: int, firsts: Mapping[UnionKind, int]) -> dict[str, int]:
    """The same figures by one statement over the ledger: the whole city, or the leaves of the first district."""
    primary, some = firsts[UnionKind.PRIMARY], _leaves() // LEVELS[1][1]
    only = "" if node == 1 else f" AND union_id BETWEEN {primary} AND {primary + some - 1}"
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN.format(only=only), [YEAR.first, YEAR.last])
        rows = cursor.fetchall()
    found = dict.fromkeys((indicator.code for indicator in programmes()), 0)
    for measured, qty, fen, persons in rows:
        code = measured.replace(".programme", "")
        found |= {f"{code}_flow_qty": int(qty), f"{code}_flow_fen": int(fen), f"{code}_persons": persons}
    return found


def _said(kept: Mapping[tuple[str, Period], Figure]) -> dict[str, int | None]:
    return {code: figure.value for (code, _period), figure in kept.items()}


def _districts(firsts: Mapping[UnionKind, int]) -> float:
    """Seconds to count one year for all districts and the city, different persons included: what the anchor built."""
    nodes = [1, *range(firsts[UnionKind.DISTRICT], firsts[UnionKind.STREET])]
    measures = [_measure(number) for number in range(PROGRAMMES)]
    spots = [Spot(node, YEAR) for node in nodes]
    return _timed(lambda: grouped.count(spots, measures, {}, counted=Counted.PERSONS))[0]


def _followed(firsts: Mapping[UnionKind, int]) -> float:
    """Milliseconds until one more record of the current month stands in the cells above its union."""
    from niangjia.commons.ledger import write
    from niangjia.commons.ledger.write import Entry
    from niangjia.platform.lifecycle.records import Record

    record = Record(programme="bench", measure=_measure(0), node_id=firsts[UnionKind.PRIMARY])
    with transaction.atomic():
        write.book([Entry(record, "bench.thing", 1)], at=clock.now())
    return _timed(lambda: refresh.take_up_notes(rest=refresh.REST))[0] * 1000


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--records", type=int, default=1_000_000, help="records in the ledger")


@benchmark("report", "the report card kept ready beside the plain count, over --records records", arguments=_arguments)
def report(options: Options) -> Outcome:
    with database() as place:
        found = Found(**json.loads(place.niangjia("manage", "measure_report", "--records", str(options["records"]))))
    return Outcome(lines(found), summary(found))


def lines(found: Found) -> Sequence[Line]:
    """The figures of a run, for people."""
    return [
        Line("records", found.records, ""),
        Line("unions", found.unions, ""),
        Line("filling the ledger", found.fill_s, "s"),
        Line("building every month, quarter and year", found.refresh_s, "s"),
        Line("counting a year, districts and city", found.districts_s, "s"),
        Line("city: the plain count", found.base_ms, "ms"),
        Line("city: the card", found.card_ms, "ms"),
        Line("a district: the plain count", found.district_base_ms, "ms"),
        Line("a district: the card", found.district_card_ms, "ms"),
        Line("following one more record", found.follow_ms, "ms"),
    ]


def summary(found: Found) -> dict[str, int | float | bool]:
    """The flat object that ends ``--json``."""
    return {
        "records": found.records,
        "base_ms": round(found.base_ms, 1),
        "card_ms": round(found.card_ms, 2),
        "ratio": round(found.ratio, 5),
        "equal": found.equal,
        "refresh_s": round(found.refresh_s, 1),
        "districts_s": round(found.districts_s, 1),
    }


def as_json(found: Found) -> str:
    return json.dumps(asdict(found))


_NUMBERS = {
    "postgresql": "SELECT generate_series(CAST(1 AS bigint), {last}) AS n",
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"
    " SELECT n FROM numbers",
}
_DAY = {
    "postgresql": f"DATE '{FIRST_DAY}' + CAST(n * 7919 % {DAYS} AS int)",
    "sqlite": f"date('{FIRST_DAY}', '+' || (n * 7919 % {DAYS}) || ' days')",
}
# The multipliers are primes that share nothing with what they are taken modulo, so that days, leaves, programmes and
# people are met independently of one another.
_ROWS = """INSERT INTO ledger_row (id, day, booked_at, programme, measure, union_id, person_id, dimset_id, qty, fen,
 source_type, source_id, subject_key)
 SELECT n, {day}, '2026-01-01 00:00:00+00', 'bench', 'bench.programme_' || ((n * 31 + n / 977) % {programmes}),
 {primary} + (n * 104729 + n / 13) % {leaves}, 1 + (n * 1299709 + n / 7) % {people}, {dimset}, 1 + n % 3,
 (n % 50) * 100, 'bench.thing', n, '' FROM ({numbers}) AS counted"""
_REVERSALS = """INSERT INTO ledger_row (id, day, booked_at, programme, measure, union_id, person_id, dimset_id, qty,
 fen, source_type, source_id, subject_key, reverses)
 SELECT id + (SELECT MAX(id) FROM ledger_row), day, booked_at, programme, measure, union_id, person_id, dimset_id, -qty,
 -fen, source_type, source_id, subject_key, id FROM ledger_row WHERE id %% %s = 0"""
_REVERSED = """UPDATE ledger_row SET reversed_by = (SELECT reversal.id FROM ledger_row reversal
 WHERE reversal.reverses = ledger_row.id) WHERE id %% %s = 0 AND reverses IS NULL"""
_PLAIN = """SELECT measure, SUM(qty), SUM(fen), COUNT(DISTINCT person_id) FROM ledger_row
 WHERE day BETWEEN %s AND %s AND reverses IS NULL AND reversed_by IS NULL{only} GROUP BY measure"""
