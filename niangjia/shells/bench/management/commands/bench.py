"""``niangjia bench``: run a benchmark and print its figures with what they were measured on."""

from __future__ import annotations

import json
import os
import platform
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.platform.testing.postgres import PostgresMissing
from niangjia.shells.bench.benchmarks import registered


class Command(BaseCommand):
    help = "Run a benchmark on a throw-away PostgreSQL: " + "; ".join(
        f"{name} ({entry.about})" for name, entry in registered().items()
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=registered())
        parser.add_argument("--seconds", type=float, default=5.0, help="how long each thing is measured")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            found = registered()[options["name"]].run(options["seconds"])
        except PostgresMissing as error:
            raise CommandError(str(error)) from error
        machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
        if options["json"]:
            figures = [{"name": line.name, "value": line.value, "unit": line.unit} for line in found]
            self.stdout.write(json.dumps({"machine": machine, "figures": figures}, ensure_ascii=False))
            return
        self.stdout.write(f"{machine['cores']} cores, Python {machine['python']}, load {machine['load']:.1f}")
        for line in found:
            self.stdout.write(f"{line.name:<40} {line.value:>12,.1f} {line.unit}".rstrip())
