"""The web server: granian with the WSGI application in several processes with several threads each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.server import Server

from niangjia.kernel.processes import end_with_parent

WORKERS = 2
THREADS = 4


def serve(*, host: str, port: int, workers: int = WORKERS, threads: int = THREADS) -> None:
    """Serve until INT or TERM. Raises Refused when a setting forbids it."""
    import django
    from django.conf import settings
    from django.db import connections

    from niangjia.shells.host import checks

    numbers = settings.VAR / "metrics"
    shutil.rmtree(numbers, ignore_errors=True)
    numbers.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(numbers)
    django.setup()
    checks.refuse_start()
    connections.close_all()
    Server(
        "niangjia.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_dictconfig=settings.LOGGING,
    ).serve(target_loader=load, wrap_loader=False)


def load(*_target: Any) -> Callable[..., Any]:
    """Give a server process its application; it ends when the process above it is gone."""
    end_with_parent()
    from django.conf import settings

    from niangjia.shells.host import bodies
    from niangjia.wsgi import application

    return bodies.within(application, settings.BODY_SECONDS) if settings.BODY_SECONDS else application
