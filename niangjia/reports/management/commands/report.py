"""``niangjia report``: the report card on the command line, for the operator of the installation.

It reads the database itself and so prints the figures as they are, small ones too.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel.periods import Period
from niangjia.reports import refresh
from niangjia.reports.card import Card, Line, card


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day; write 2022-01-31") from None


class Command(BaseCommand):
    help = "Print the figures of a union and all below it over the days --from to --to, both included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--union", default="", help="code of the union; the root of the tree if left out")
        parser.add_argument("--from", dest="first", type=_day, required=True, metavar="DAY", help="first day")
        parser.add_argument("--to", dest="last", type=_day, required=True, metavar="DAY", help="last day, included")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["last"] < options["first"]:
            raise CommandError("--to is before --from")
        refresh.follow(rest=timedelta(0))
        found = card(_union(options["union"]), Period(options["first"], options["last"]))
        if options["json"]:
            self.stdout.write(json.dumps({"figures": [_as_json(found, line) for line in found.lines]}))
        else:
            self.stdout.write(f"{found.union.name} {found.period.first} – {found.period.last}")
            for line in found.lines:
                self.stdout.write(_as_text(line))


def _union(code: str) -> Union:
    union = Union.objects.filter(code=code).first() if code else tree.root()
    if union is None:
        raise CommandError(f"there is no union with the code {code}" if code else "there is no union yet")
    return union


def _as_json(found: Card, line: Line) -> dict[str, Any]:
    return {
        "code": line.indicator.code,
        "value": line.indicator.unit.number(line.this.value),
        "unit": line.indicator.unit.code,
        "numerator": line.this.numerator,
        "denominator": line.this.denominator,
        "from": found.period.first.isoformat(),
        "to": found.period.last.isoformat(),
        "day": line.this.day.isoformat(),
    }


def _as_text(line: Line) -> str:
    value = "–" if line.this.value is None else line.indicator.unit.shown(line.this.value)
    parts = "" if line.this.denominator is None else f" ({line.this.numerator}/{line.this.denominator})"
    return f"{line.indicator.code}\t{value}\t{line.indicator.unit.code}{parts}"
