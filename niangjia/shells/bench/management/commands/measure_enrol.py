"""``niangjia manage measure_enrol``: a list in an empty database, and the bare pipeline before it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from niangjia.commons.unions.models import Union
from niangjia.shells.bench import enrol_steps
from niangjia.shells.bench.enrol_steps import Found


class Command(BaseCommand):
    help = "Time a list of invented members in an empty migrated database and print JSON; used by bench enrol."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rows", type=int, default=320_400)

    def handle(self, *_args: Any, **options: Any) -> None:
        if Union.objects.exists():
            raise CommandError("there are unions already; name an empty database in DATABASE_URL")
        rows, found = options["rows"], Found(self.stderr)
        ground = enrol_steps.ground(rows, found)
        with tempfile.TemporaryDirectory(prefix="niangjia-bench-") as folder:
            path = Path(folder) / "list.xlsx"
            enrol_steps.write_file(path, rows)
            bare = enrol_steps.bare(path, ground, found)
            enrol_steps.full(path, ground, found)
        if not found.enrolled == bare == rows or found.given_back != rows // 100:
            told = f"{found.enrolled} and {bare} of {rows} enrolled, {found.given_back} given back"
            raise CommandError(told)
        self.stdout.write(json.dumps(_answer(found)))


def _answer(found: Found) -> dict[str, Any]:
    worker, child = enrol_steps.memory()
    return {
        "steps": found.steps,
        "enrolled": found.enrolled,
        "seconds": sum(found.steps[name] for name in enrol_steps.OWN),
        "limit_seconds": sum(seconds for name, seconds in found.steps.items() if name.startswith("bare")),
        "worker_mib": worker,
        "child_mib": child,
    }
