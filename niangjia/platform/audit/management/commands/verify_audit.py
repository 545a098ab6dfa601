"""Recompute the audit chain and say where it is broken."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.platform.audit import sealer


class Command(BaseCommand):
    help = "Recompute the audit chain; --head POSITION:HASH compares it with a head that was kept elsewhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--head", default="", metavar="POSITION:HASH")
        parser.add_argument("--seal", action="store_true", help="seal what is committed first")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seal"]:
            sealer.seal()
        problems = sealer.verify(_parse_head(options["head"]))
        for problem in problems:
            self.stderr.write(f"position {problem.position} entry {problem.entry_id}: {problem.kind}")
        if problems:
            raise CommandError(f"{len(problems)} problems in the audit chain")
        position, digest = sealer.head()
        self.stdout.write(f"audit chain is whole: {position} entries, head {position}:{digest}")


def _parse_head(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    position, _colon, digest = text.partition(":")
    if not position.isdigit() or len(digest) != 64:
        raise CommandError("--head must look like 1234:<64 hexadecimal digits>")
    return int(position), digest
