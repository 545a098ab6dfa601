"""``niangjia bench``: run a benchmark and print its figures with what they were measured on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from niangjia.platform.testing.postgres import PostgresMissing
from niangjia.shells.bench.registry import Outcome, registered


class Command(BaseCommand):
    help = "Run a benchmark on a throw-away PostgreSQL; bench NAME --help lists its options."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        names = parser.add_subparsers(dest="name", metavar="NAME", required=True)
        for name, entry in registered().items():
            own = names.add_parser(name, help=entry.about, description=entry.about)
            entry.arguments(own)
            own.add_argument(
                "--json", action="store_true", help="print the figures as JSON; a summary, if any, is the last line"
            )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            found = registered()[options["name"]].run(options)
        except PostgresMissing as error:
            raise CommandError(str(error)) from error
        machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
        if options["json"]:
            self._json(machine, found)
        else:
            self._lines(machine, found)

    def _json(self, machine: Mapping[str, Any], found: Outcome) -> None:
        figures = [{"name": line.name, "value": line.value, "unit": line.unit} for line in found.lines]
        self.stdout.write(json.dumps({"machine": machine, "figures": figures}, ensure_ascii=False))
        if found.summary:
            self.stdout.write(json.dumps(dict(found.summary), ensure_ascii=False))

    def _lines(self, machine: Mapping[str, Any], found: Outcome) -> None:
        self.stdout.write(f"{machine['cores']} cores, Python {machine['python']}, load {machine['load']:.1f}")
        for line in found.lines:
            self.stdout.write(f"{line.name:<40} {line.value:>12,.1f} {line.unit}".rstrip())
        for name, value in found.summary.items():
            self.stdout.write(f"{name:<40} {value!s:>12}")
