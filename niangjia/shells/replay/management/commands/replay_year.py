"""``niangjia manage replay_year``: play the known years into an empty database, so that their figures can be told."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.kernel.errors import Conflict
from niangjia.shells.replay.play import play


class Command(BaseCommand):
    help = (
        "Play the calendar year 2022, and before it the months since August 2021, with invented people into the empty "
        "migrated database of DATABASE_URL; afterwards `niangjia report --figures acceptance/figures.csv` tells them."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        shows = sys.stderr.isatty()

        def say(what: str, done: int, whole: int) -> None:
            if shows or options["verbosity"] > 1:
                seconds = time.monotonic() - began
                self.stderr.write(f"{what}: {done:,} of {whole:,} ({seconds:.0f} s)")

        try:
            play(say)
        except Conflict as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write(f"played in {time.monotonic() - began:.0f} s")
