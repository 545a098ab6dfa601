"""Print the parts of docs/ that come from the code; with --check only say whether they are true."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from niangjia.shells.documents import printed


class Command(BaseCommand):
    help = "Print machines, error codes, parameters and indicators into docs/ (--check: only compare)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--docs", type=Path, default=Path("docs"))

    def handle(self, *args: Any, **options: Any) -> None:
        stale = []
        with translation.override("zh-hans"):
            for page, wanted in printed.pages(options["docs"]):
                if page.read_text(encoding="utf-8") != wanted:
                    stale.append(str(page))
                    if not options["check"]:
                        page.write_text(wanted, encoding="utf-8")
        if stale and options["check"]:
            raise CommandError(f"not as the code says: {', '.join(stale)}; run niangjia manage print_docs")
        self.stdout.write(f"{len(stale)} pages printed anew" if stale else "all pages are as the code says")
