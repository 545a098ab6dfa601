"""``niangjia manage replay_year``: play the known years into an empty database, so that their figures can be told."""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.kernel.errors import Conflict
from niangjia.shells.replay.play import play, played

AGAIN = "stopped: make an empty database, migrate it, and start the command anew; a half-played one is not gone on with"


class Command(BaseCommand):
    help = (
        "Play the calendar year 2022, and before it the months since August 2021, with invented people into the empty "
        "migrated database of DATABASE_URL; afterwards `niangjia report --figures acceptance/figures.csv` tells them."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()

        def say(what: str, done: int, whole: int) -> None:
            if options["verbosity"]:
                self.stderr.write(f"{what}: {done:,} of {whole:,} ({time.monotonic() - began:.0f} s)")

        try:
            with _settled():
                play(say)
        except Conflict as error:
            raise CommandError(str(error.message)) from error
        except KeyboardInterrupt as error:
            raise CommandError(AGAIN) from error
        told = ", ".join(f"{count:,} {what}" for what, count in played().items())
        self.stdout.write(f"played in {time.monotonic() - began:.0f} s ({_cpu_seconds():.0f} s of CPU): {told}")


@contextmanager
def _settled() -> Iterator[None]:
    """What was loaded stays, and need not be looked through for garbage at every turn; of the files that are stored
    and the like only what goes wrong is logged."""
    logger, thresholds = logging.getLogger("niangjia"), gc.get_threshold()
    level = logger.level
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _cpu_seconds() -> float:
    """Of this process and the ones it started; a database server's own are not in it."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
