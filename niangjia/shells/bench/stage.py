"""The stage of a benchmark: a durable throw-away PostgreSQL, migrated, and a server in front of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from niangjia.kernel.processes import end_group, free_port, tied_to_parent
from niangjia.platform.testing import postgres

START_SECONDS = 60


@dataclass(frozen=True)
class Stage:
    """Where the server listens, and the environment for further commands on the same database."""

    port: int
    env: dict[str, str]

    def niangjia(self, *arguments: str, watched: bool = False) -> str:
        """Run another command on this stage; raises CalledProcessError. ``watched``: who waits sees its progress."""
        command = [sys.executable, "-m", "niangjia.cli", *arguments]
        said = None if watched else subprocess.PIPE
        return subprocess.run(command, env=self.env, check=True, stdout=subprocess.PIPE, stderr=said, text=True).stdout  # noqa: S603


@contextmanager
def database(*, embedded: bool = False) -> Iterator[Stage]:
    """Only a migrated throw-away database, on PostgreSQL or ``embedded``, without a server in front of it."""
    with tempfile.TemporaryDirectory(prefix="niangjia-bench-") as var, ExitStack() as open_until_the_end:
        env = {**os.environ, "NIANGJIA_VAR": var, "NIANGJIA_LOG_LEVEL": "WARNING"}
        env["DATABASE_URL"] = (
            f"sqlite:///{var}/bench.sqlite3"
            if embedded
            else open_until_the_end.enter_context(postgres.throwaway(settings={}))
        )
        found = Stage(0, env)
        found.niangjia("manage", "migrate", "--verbosity", "0")
        yield found


@contextmanager
def stage(
    *,
    workers: int = 2,
    threads: int = 4,
    extra: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    embedded: bool = False,
) -> Iterator[Stage]:
    """Set the stage and clear it afterwards. Nothing of this installation is read or written. ``extra`` adds to the
    environment, ``settings`` to postgresql.conf; ``embedded`` stands on SQLite instead."""
    with tempfile.TemporaryDirectory(prefix="niangjia-bench-") as var, ExitStack() as open_until_the_end:
        env = {**os.environ, "NIANGJIA_VAR": var, "NIANGJIA_LOG_LEVEL": "WARNING", **(extra or {})}
        env["DATABASE_URL"] = (
            f"sqlite:///{var}/bench.sqlite3"
            if embedded
            else open_until_the_end.enter_context(postgres.throwaway(settings=settings or {}))
        )
        found = Stage(free_port(), env)
        found.niangjia("manage", "migrate", "--verbosity", "0")
        arguments = ["serve", "--port", str(found.port), "--workers", str(workers), "--threads", str(threads)]
        with (Path(var) / "serve.log").open("wb") as log:
            server = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "niangjia.cli", *arguments],
                env=env,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=tied_to_parent(),
            )
        try:
            _wait(found.port, server, Path(var) / "serve.log")
            yield found
        finally:
            end_group(server)


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.1)
