"""``niangjia report``: the report card on the command line, for the operator of the installation; or, with
``--figures``, a table of wanted figures answered line by line.

It reads the database itself and so prints the figures as they are, small ones too.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel.errors import DomainError
from niangjia.kernel.periods import Period
from niangjia.reports import refresh, wanted
from niangjia.reports.card import Card, Line, card
from niangjia.reports.wanted import Answer


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day; write 2022-01-31") from None


class Command(BaseCommand):
    help = "Print the figures of a union and all below it over the days --from to --to, or answer a table of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--union", default="", help="code of the union; the root of the tree if left out")
        parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="first day")
        parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last day, included")
        parser.add_argument("--figures", type=Path, metavar="FILE.csv", help="answer a table of wanted figures instead")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["figures"] is not None:
            self._answer(options["figures"], as_json=options["json"])
            return
        if options["first"] is None or options["last"] is None:
            raise CommandError("say --from and --to, or --figures FILE.csv")
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

    def _answer(self, file: Path, *, as_json: bool) -> None:
        try:
            lines = wanted.read(file.read_text(encoding="utf-8-sig").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        refresh.follow(rest=timedelta(0))
        answers = [wanted.answer(line) for line in lines]
        if as_json:
            self.stdout.write(json.dumps({"figures": [_answer_as_json(each) for each in answers]}, ensure_ascii=False))
            return
        for each in answers:
            self.stdout.write(_answer_as_text(each))
        counted = ", ".join(f"{number} {result}" for result, number in wanted.counts(answers).items())
        self.stdout.write(f"{len(answers)} figures: {counted}")


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


def _answer_as_json(each: Answer) -> dict[str, Any]:
    return {
        **asdict(each.wanted),
        "wanted": each.wanted.value,
        "result": each.result,
        "value": each.value,
        "asked": each.asked,
    }


def _answer_as_text(each: Answer) -> str:
    line = each.wanted
    found = "–" if each.value is None else each.value
    return (
        f"{line.id}\t{each.result}\t{found}\t{line.qualifier} {line.value} {line.unit}\t{line.indicator}\t{each.asked}"
    )


def _as_text(line: Line) -> str:
    value = "–" if line.this.value is None else line.indicator.unit.shown(line.this.value)
    parts = "" if line.this.denominator is None else f" ({line.this.numerator}/{line.this.denominator})"
    return f"{line.indicator.code}\t{value}\t{line.indicator.unit.code}{parts}"
