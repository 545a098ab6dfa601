"""A PostgreSQL of one's own for as long as a test run or a benchmark lasts.

``python -m niangjia.platform.testing.postgres COMMAND …`` runs a command with ``DATABASE_URL`` pointing to it.
PostgreSQL refuses to run as root, so root hands it to the user ``postgres``.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from niangjia.kernel.processes import free_port, tied_to_parent

QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings that may lose data at a crash of the machine: right for tests, wrong for a benchmark."""

_ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "logging_collector": "off",
    "log_min_messages": "fatal",
}
_START_SECONDS = 60


class PostgresMissing(RuntimeError):
    """No PostgreSQL server programs are on this machine."""


def programs() -> Path:
    """The folder with the newest initdb and postgres of this machine; raises PostgresMissing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: _version(path.parents[1].name))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).resolve().parent / "postgres").exists():
        return Path(on_path).resolve().parent
    raise PostgresMissing("PostgreSQL is not installed: apt-get install postgresql")


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", name))


@contextmanager
def throwaway(*, settings: Mapping[str, str] = QUICK) -> Iterator[str]:
    """Start an empty cluster on a free port and yield its DATABASE_URL; everything is gone afterwards.

    ``settings`` are added to postgresql.conf; pass ``{}`` for a server that is as durable as a real one.
    Raises PostgresMissing, or RuntimeError with the server's own words when it does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="niangjia-postgres-"))
    try:
        password = secrets.token_hex(16)
        _create(folder, password)
        port = free_port()
        server = _start(folder, port, {**_ALWAYS, **settings})
        try:
            url = f"postgres://niangjia:{password}@127.0.0.1:{port}/niangjia"
            _wait(server, url, folder)
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            _wait_for_end(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_end(server: subprocess.Popen[bytes]) -> None:
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def _identity() -> dict[str, Any]:
    """Popen arguments that make the child run as ``postgres`` when we are root."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError as error:
        raise PostgresMissing("The user postgres is missing: apt-get install postgresql") from error
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _create(folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    identity = _identity()
    if identity:
        for path in (folder, secret):
            os.chown(path, identity["user"], identity["group"])
    command = [
        str(programs() / "initdb"),
        *("-D", str(folder / "data"), "-U", "niangjia", f"--pwfile={secret}", "--auth=password"),
        *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **identity)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr.strip()}")
    secret.unlink()


def _start(folder: Path, port: int, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [str(programs() / "postgres"), "-D", str(folder / "data"), "-p", str(port), *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGINT),
            **_identity(),
        )


def _wait(server: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    import psycopg

    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE niangjia")
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()[-2000:]}") from None
            time.sleep(0.05)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command given as arguments with DATABASE_URL set; the exit status is the command's."""
    command = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with throwaway() as url:
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode
    except PostgresMissing as error:
        sys.stderr.write(f"{error}\n")
        return 3


if __name__ == "__main__":
    sys.exit(main())
