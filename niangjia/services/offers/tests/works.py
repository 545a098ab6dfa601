"""A worker for the tests that knows one work of this room and does it slowly, in batches of five."""

from __future__ import annotations

import signal
import threading
import time

import django


def main() -> None:
    django.setup()
    from niangjia.platform.jobs import registry, worker
    from niangjia.platform.notices import outbox
    from niangjia.services.offers.campaign import announcing

    for kind in [kind for kind in registry._tasks if kind != "offers.announce"]:
        del registry._tasks[kind]
    announcing.BATCH, write = 5, outbox.write

    def slowly(*arguments: object, **named: object) -> None:
        write(*arguments, **named)  # type: ignore[arg-type]
        time.sleep(0.15)

    announcing.outbox.write = slowly  # type: ignore[attr-defined]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_about: stop.set())
    worker.PULSE_SECONDS = 0.2
    worker.run(stop, poll_seconds=0.05)


if __name__ == "__main__":
    main()
