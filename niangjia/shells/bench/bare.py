"""The bare view that ``bench reserve`` is held beside: the same server and the same complete statement, nothing else.

No middleware, no session, no judgement: who and what is looked up in memory by two numbers in the address.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

GROUND = "BENCH_RUSH_GROUND"
"""Names the file with members and campaigns."""


def application() -> Callable[..., Any]:
    """A WSGI application with one view."""
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler

    django.setup()
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = "niangjia.shells.bench.bare_view"
    return WSGIHandler()


def load(*_target: Any) -> Callable[..., Any]:
    """Give a server process its application."""
    from niangjia.kernel.processes import end_with_parent

    end_with_parent()
    return application()


def main(port: int, workers: int, threads: int) -> None:
    """Serve on ``port`` as ``niangjia serve`` does."""
    from granian.constants import Interfaces
    from granian.server import Server

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "niangjia.settings")
    assert Path(os.environ[GROUND]).exists()  # noqa: S101 - only the benchmark starts this
    Server(
        "niangjia.shells.bench.bare:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        log_enabled=False,
    ).serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))
