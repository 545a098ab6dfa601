"""``niangjia bench enrol``: a list from the upload to protected people, beside the bare pipeline on the same file.

Everything runs on one throw-away, durable PostgreSQL in which the members are registered before. ``--rows N`` means N
good rows and one bad in a hundred on top. The bare pipeline reads the same workbook, checks numbers, days and doubles
in one plain loop, copies the rows into a temporary table, and inserts them with ON CONFLICT as what an enrolment is in
the database, with all its indexes and constraints; whose number it is it knows from a table made for it. It has no
child process, no blind index, no names compared, no reach, no staging, preview, jobs, audit or ledger, and gives no bad
row back. Beside it stands the same into one narrow table with two indexes, which is what a loader without a platform
does.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from niangjia.shells.bench.registry import Line, Options, Outcome, benchmark
from niangjia.shells.bench.stage import database

MOST_TIMES, MOST_MIB = 3.0, 1024.0


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--rows", type=int, default=320_400, help="good rows in the file; one in a hundred is bad on top"
    )


@benchmark("enrol", "a list from upload to protection, against the bare pipeline", arguments=_arguments)
def enrol(options: Options) -> Outcome:
    """Both on one machine in one run, the bare one first, on a database emptied between them."""
    with database() as place:
        answer = place.niangjia("manage", "measure_enrol", "--rows", str(options["rows"]), watched=True)
    found: dict[str, Any] = json.loads(answer.splitlines()[-1])
    steps = [Line(name, seconds, "s") for name, seconds in found["steps"].items()]
    times = found["seconds"] / found["limit_seconds"]
    memory = [Line("worker", found["worker_mib"], "MiB"), Line("child that reads", found["child_mib"], "MiB")]
    summary = {
        "enrolled": found["enrolled"],
        "seconds": round(found["seconds"], 2),
        "limit_seconds": round(found["limit_seconds"], 2),
        "times_limit": round(times, 2),
        "peak_mib": round(found["worker_mib"] + found["child_mib"], 1),
    }
    return Outcome([*steps, *memory], summary)
