"""``niangjia manage outlines``: the outlines of areas on which the report card draws its map."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.kernel.errors import RuleBroken
from niangjia.reports import outlines

MOST_SHOWN = 5
"""Codes that are written out."""


class Command(BaseCommand):
    help = "Take the outlines of areas from a GeoJSON file, instead of all before; --clear only forgets them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a FeatureCollection with area codes")
        parser.add_argument("--clear", action="store_true", help="keep no outlines; the card shows areas by size")

    def handle(self, *_args: Any, **options: Any) -> None:
        if (options["file"] is None) != options["clear"]:
            raise CommandError("say FILE, or --clear")
        found = {} if options["clear"] else _read(options["file"])
        self.stdout.write(f"{outlines.replace_all(found)} outlines kept")
        if unknown := outlines.of_no_union(found):
            shown = ", ".join(unknown[:MOST_SHOWN]) + (", …" if len(unknown) > MOST_SHOWN else "")
            self.stdout.write(f"{len(unknown)} of them have the area code of no union: {shown}")


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        with file.open("rb") as stream:
            content = stream.read(outlines.MOST_BYTES + 1)
        return outlines.read(content)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    except RuleBroken as error:
        raise CommandError(f"{file}: {error.message} Nothing was changed.") from error
