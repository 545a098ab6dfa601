"""``niangjia bench reimburse``: the insurer's file from the upload to a round of cases, beside the bare pipeline.

Everything runs on one throw-away, durable PostgreSQL that already has the members. The bare pipeline reads the same
workbook, checks numbers, days, sums and doubles in one plain loop, copies the rows into a temporary table and inserts
them with ON CONFLICT as what a settlement is in the database: a case with all its indexes and constraints, joined with
person and membership. It has no sealing, child process, staging, deductible, ceiling, sums kept line by line, preview,
jobs or audit. One row in a hundred on top of the good ones is bad: nobody's, or unreadable.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from niangjia.shells.bench.registry import Line, Options, Outcome, benchmark
from niangjia.shells.bench.stage import database

MOST_TIMES, MOST_MIB = 3.0, 1024.0


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=80_000, help="good rows; one in a hundred on top is bad")


@benchmark("reimburse", "settlements from upload to a round of cases, against the bare pipeline", arguments=_arguments)
def reimburse(options: Options) -> Outcome:
    """Both on one machine in one run, the bare one first, on a database emptied of cases between them."""
    with database() as place:
        answer = place.niangjia("manage", "measure_reimburse", "--rows", str(options["rows"]))
    found: dict[str, Any] = json.loads(answer.splitlines()[-1])
    steps = [Line(name, seconds, "s") for name, seconds in found["steps"].items()]
    memory = [Line("worker", found["worker_mib"], "MiB"), Line("child that reads", found["child_mib"], "MiB")]
    summary = {
        "reimbursed": found["reimbursed"],
        "bad_rows": found["bad_rows"],
        "seconds": round(found["seconds"], 2),
        "limit_seconds": round(found["limit_seconds"], 2),
        "times_limit": round(found["seconds"] / found["limit_seconds"], 2),
        "peak_mib": round(found["worker_mib"] + found["child_mib"], 1),
    }
    return Outcome([*steps, *memory], summary)
