"""``niangjia bench join``: a roster from the upload to the members, beside the bare pipeline on the same file.

Everything runs on one throw-away, durable PostgreSQL. The bare pipeline reads the same workbook, checks numbers, days,
phones and doubles in one plain loop, copies the rows into a temporary table and inserts them with ON CONFLICT as what
a member is in the database: person, membership, stay and card, with all their indexes and constraints. It has no
sealing, child process, staging, likenesses, preview, jobs, audit or ledger. Beside it stands the same into one narrow
table with two indexes, which is what a loader without a platform would do.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from niangjia.shells.bench.registry import Line, Options, Outcome, benchmark
from niangjia.shells.bench.stage import database

MOST_TIMES, MOST_MIB = 4.0, 1024.0


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=100_000, help="people in the roster")


@benchmark("join", "a roster from upload to members, against the bare pipeline", arguments=_arguments)
def join(options: Options) -> Outcome:
    """Both on one machine in one run, the bare one first, on a database emptied between them."""
    with database() as place:
        answer = place.niangjia("manage", "measure_join", "--rows", str(options["rows"]))
    found: dict[str, Any] = json.loads(answer.splitlines()[-1])
    steps = [Line(name, seconds, "s") for name, seconds in found["steps"].items()]
    times = found["seconds"] / found["limit_seconds"]
    memory = [Line("worker", found["worker_mib"], "MiB"), Line("child that reads", found["child_mib"], "MiB")]
    summary = {
        "joined": found["joined"],
        "seconds": round(found["seconds"], 2),
        "limit_seconds": round(found["limit_seconds"], 2),
        "times_limit": round(times, 2),
        "peak_mib": round(found["worker_mib"] + found["child_mib"], 1),
    }
    return Outcome([*steps, *memory], summary)
