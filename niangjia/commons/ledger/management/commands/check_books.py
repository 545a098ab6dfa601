"""``niangjia manage check_books``: recompute ledger, counters and accounts from the states."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.commons.ledger import books


class Command(BaseCommand):
    help = "Recompute what the books keep from the states they come from, and name every difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = books.check_books()
        if options["json"]:
            report = {"books": books.names(), "differences": [asdict(difference) for difference in found]}
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            for difference in found:
                self.stdout.write(
                    f"{difference.book}: {difference.what}: expected {difference.expected}, found {difference.found}"
                )
            self.stdout.write(f"{len(books.names())} books checked, {len(found)} differences")
        if found:
            raise CommandError(f"{len(found)} differences", returncode=1)
