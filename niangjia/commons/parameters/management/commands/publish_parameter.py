"""``niangjia manage publish_parameter CODE UNION DAY VALUE``: a dated number that a congress has decided."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.commons.parameters import parameters
from niangjia.commons.unions import queries
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Publish a parameter's value for a union and all below it, from a day on; it is never edited afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="such as joining.answer_days; docs/parameters.md lists them")
        parser.add_argument("union", help="the union's code")
        parser.add_argument("day", type=date.fromisoformat)
        parser.add_argument("value", help='as JSON: 10, "0.05", ["grassroots", "street"]')
        parser.add_argument("--reason", required=True, help="the decision it follows")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            value = json.loads(options["value"])
        except ValueError as error:
            raise CommandError(f"{options['value']} is not JSON") from error
        try:
            parameters.publish(
                actor=Actor.system("publish_parameter"),
                code=options["code"],
                union_id=queries.by_code(options["union"]).pk,
                valid_from=options["day"],
                value=value,
                reason=options["reason"],
            )
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(f"{options['code']} is {value} at {options['union']} from {options['day']}")
