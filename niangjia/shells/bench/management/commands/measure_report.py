"""``niangjia manage measure_report``: fill an empty database with records and time the report card over them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from niangjia.commons.ledger import indicators
from niangjia.commons.unions.models import Union
from niangjia.shells.bench.report import as_json, measure, programmes


class Command(BaseCommand):
    help = "Fill an empty migrated database with records and print the timings as JSON; used by bench report."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--records", type=int, default=1_000_000, help="records in the ledger")

    def handle(self, *_args: Any, **options: Any) -> None:
        if Union.objects.exists():
            raise CommandError("there are unions already; name an empty database in DATABASE_URL")
        indicators.declare(*programmes())
        self.stdout.write(as_json(measure(options["records"])))
