"""``niangjia manage measure_reimburse``: settlements of a street's members, and the bare pipeline before it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from niangjia.commons.unions.models import Union
from niangjia.shells.bench import join_steps, reimburse_steps
from niangjia.shells.bench.join_steps import Found


class Command(BaseCommand):
    help = "Time a file of settlements in an empty migrated database and print JSON; used by bench reimburse."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rows", type=int, default=80_000)

    def handle(self, *_args: Any, **options: Any) -> None:
        if Union.objects.exists():
            raise CommandError("there are unions already; name an empty database in DATABASE_URL")
        found, rows = Found(), options["rows"]
        with tempfile.TemporaryDirectory(prefix="niangjia-bench-") as folder:
            union, clerk = reimburse_steps.ground(rows, Path(folder))
            path = Path(folder) / "settlements.xlsx"
            reimburse_steps.write_file(path, rows)
            made_bare = reimburse_steps.bare(path, union, found)
            reimburse_steps.full(path, union, clerk, found)
        if not found.joined == made_bare == rows:
            raise CommandError(f"{found.joined} and {made_bare} of {rows} became cases")
        self.stdout.write(json.dumps(_answer(found)))


def _answer(found: Found) -> dict[str, Any]:
    worker, child = join_steps.memory()
    bare = sum(seconds for name, seconds in found.steps.items() if name.startswith("bare"))
    return {
        "steps": found.steps,
        "reimbursed": found.joined,
        "bad_rows": reimburse_steps.bad_rows(),
        "seconds": sum(found.steps[name] for name in reimburse_steps.OWN),
        "limit_seconds": bare,
        "worker_mib": worker,
        "child_mib": child,
    }
