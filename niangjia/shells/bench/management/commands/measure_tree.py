"""``niangjia manage measure_tree``: grow a tree of 101,191 unions in an empty database and time its readings."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.commons.unions.measure import measure
from niangjia.commons.unions.models import Union


class Command(BaseCommand):
    help = "Grow a large tree in an empty migrated database and print the timings as JSON; used by bench tree."

    def handle(self, *args: Any, **options: Any) -> None:
        if Union.objects.exists():
            raise CommandError("there are unions already; name an empty database in DATABASE_URL")
        self.stdout.write(json.dumps([asdict(timing) for timing in measure()]))
