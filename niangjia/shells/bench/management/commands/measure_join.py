"""``niangjia manage measure_join``: a roster in an empty database, and the bare pipeline before it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from niangjia.commons.unions.models import Union
from niangjia.shells.bench import join_steps
from niangjia.shells.bench.join_steps import Found


class Command(BaseCommand):
    help = "Time a roster of invented people in an empty migrated database and print JSON; used by bench join."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rows", type=int, default=100_000)

    def handle(self, *_args: Any, **options: Any) -> None:
        if Union.objects.exists():
            raise CommandError("there are unions already; name an empty database in DATABASE_URL")
        union, officer = join_steps.ground()
        found = Found()
        with tempfile.TemporaryDirectory(prefix="niangjia-bench-") as folder:
            path = Path(folder) / "roster.xlsx"
            join_steps.write_file(path, options["rows"])
            joined_bare = join_steps.bare(path, union, found)
            join_steps.full(path, union, officer, found)
        if not found.joined == joined_bare == options["rows"]:
            raise CommandError(f"{found.joined} and {joined_bare} of {options['rows']} joined")
        self.stdout.write(json.dumps(_answer(found)))


def _answer(found: Found) -> dict[str, Any]:
    worker, child = join_steps.memory()
    bare = sum(seconds for name, seconds in found.steps.items() if name.startswith("bare"))
    return {
        "steps": found.steps,
        "joined": found.joined,
        "seconds": sum(found.steps[name] for name in join_steps.OWN),
        "limit_seconds": bare,
        "worker_mib": worker,
        "child_mib": child,
    }
