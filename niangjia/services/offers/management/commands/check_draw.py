"""Recompute a draw from its published file, without database and network."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.services.offers.chances import draw


class Command(BaseCommand):
    help = "Recompute the draw in FILE, downloaded from a campaign's page; asks no database. Status 1 on a difference."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help='the published JSON, "-" for standard input')

    def handle(self, *args: Any, **options: Any) -> None:
        published = _read(options["file"])
        try:
            wrong = draw.differences(published)
        except ValueError as error:
            raise CommandError(f"{options['file']}: {error}") from error
        if wrong:
            raise CommandError("\n".join([f"DIFFERENT: {len(wrong)}", *wrong[:50]]))
        won = sum(code is not None for code in published["result"].values())
        self.stdout.write(f"OK {len(published['result'])} entrants, {won} won, commitment {published['commitment']}")


def _read(path: str) -> Any:
    try:
        return json.loads(sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {error}") from error
