"""``niangjia manage seed_rush``: fill an empty database with a crowd and campaigns for ``bench reserve``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from niangjia.platform.accounts.models import User
from niangjia.shells.bench.seed_rush import seed


class Command(BaseCommand):
    help = "Fill an empty migrated database with members and campaigns and print them as JSON; used by bench reserve."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--members", type=int, default=20_000, help="how many members")
        parser.add_argument("stocks", type=int, nargs="+", help="pieces of each campaign")

    def handle(self, *_args: Any, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("there are users already; name an empty database in DATABASE_URL")
        self.stdout.write(seed(members=options["members"], stocks=options["stocks"]).as_json())
