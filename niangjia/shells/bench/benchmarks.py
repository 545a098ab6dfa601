"""The server and the tree of unions, measured."""

from __future__ import annotations

import json

from niangjia.shells.bench.load import Load, Result
from niangjia.shells.bench.registry import Line, Options, Outcome, benchmark
from niangjia.shells.bench.stage import Stage, database, stage


def get(path: str) -> bytes:
    """A plain GET over a connection that is kept."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n".encode()


def lines(name: str, result: Result) -> list[Line]:
    """The figures of one load, with the generator's share of a core beside them."""
    failed = sum(count for status, count in result.statuses.items() if status >= 400)
    return [
        Line(f"{name}: answers", result.per_second, "1/s"),
        Line(f"{name}: refused or failed", failed, ""),
        Line(f"{name}: half within", result.percentile(0.5) * 1000, "ms"),
        Line(f"{name}: 99 of 100 within", result.percentile(0.99) * 1000, "ms"),
        Line(f"{name}: generator", result.own_share * 100, "% of a core"),
    ]


@benchmark("http", "the bare server, then a page, through the whole stack on PostgreSQL")
def http(options: Options) -> Outcome:
    found: list[Line] = []
    with stage() as place:
        for path in ("/healthz", "/sign-in/", "/api/v1/openapi.json"):
            load = Load("127.0.0.1", place.port, get(path))
            load.run(1.0)
            found += lines(path, load.run(options["seconds"]))
    return Outcome(found)


@benchmark("tree", "reading and moving in a tree of 101,191 unions, on PostgreSQL and on SQLite")
def tree(_options: Options) -> Outcome:
    with database() as place:
        found = _tree_lines("PostgreSQL", place)
    with database(embedded=True) as place:
        return Outcome(found + _tree_lines("SQLite", place))


def _tree_lines(engine: str, place: Stage) -> list[Line]:
    timings = json.loads(place.niangjia("manage", "measure_tree"))
    return [Line(f"{engine}: {one['name']} ({one['found']:,})", one["milliseconds"], "ms") for one in timings]
