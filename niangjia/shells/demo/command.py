"""``niangjia demo``: database, static files, city, then server and worker under one supervisor."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from niangjia.shells.host.refusals import Refused
from niangjia.shells.host.supervisor import Child, Supervisor

HOST = "127.0.0.1"


def run(*, port: int, fresh: bool, end_with_parent: bool) -> int:
    """Show the demonstration until INT or TERM. Raises Refused, among others for a busy port."""
    require_free(port)
    from django.conf import settings

    settings.VAR.mkdir(parents=True, exist_ok=True)
    with only_one(settings.VAR):
        prepare(fresh=fresh)
        return supervise(settings.VAR, port, end_with_parent=end_with_parent)


def require_free(port: int) -> None:
    """Raise Refused when somebody listens on ``port`` already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise Refused(f"Port {port} is busy; choose another one: make demo PORT={port + 1}") from None


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the folder's lock; raises Refused when another demonstration holds it."""
    with (var / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(f"A demonstration is running already with the data in {var}.") from None
        yield


def prepare(*, fresh: bool) -> None:
    """Bring database, static files and city to where a start needs them; does nothing that is done already."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    if fresh:
        throw_away()
    django.setup()
    from niangjia.shells.demo import seed
    from niangjia.shells.host import checks, logs

    checks.refuse_settings()
    say("database")
    call_command("migrate", verbosity=0, interactive=False)
    if seed.progress() is seed.Progress.HALF:
        say("once more, because the last start was interrupted")
        connections.close_all()
        throw_away()
        call_command("migrate", verbosity=0, interactive=False)
    collect_static(settings.VAR / "static.collected")
    if seed.progress() is seed.Progress.NOTHING:
        with logs.written_to(settings.VAR / "log" / "filling.log"):
            seed.fill(say)
    connections.close_all()


def throw_away() -> None:
    """Remove the embedded database and the stored files. Raises Refused for a database on a server.

    A file that holds no demonstration is not touched either.
    """
    from django.conf import settings

    database = settings.DATABASES["default"]
    if "sqlite3" not in database["ENGINE"]:
        raise Refused("FRESH=1 removes the embedded database only; empty the one named in DATABASE_URL yourself.")
    if not is_invented(Path(database["NAME"])):
        raise Refused(f"{database['NAME']} holds other data than the demonstration's; nothing was removed.")
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{database['NAME']}{suffix}").unlink(missing_ok=True)
    shutil.rmtree(settings.VAR / "files", ignore_errors=True)


def is_invented(database: Path) -> bool:
    """Whether the embedded database holds nobody, or invented people only."""
    if not database.exists():
        return True
    with closing(sqlite3.connect(database)) as opened:
        tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        wanted = ("demo_demonstrationcity", "accounts_user")
        marks, users = (
            opened.execute(f"SELECT count(*) FROM {table}").fetchone()[0] if table in tables else 0  # noqa: S608
            for table in wanted
        )
    return bool(marks) or not users


def collect_static(stamp: Path) -> None:
    """Collect and compress static files unless none has changed since the last time."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    found = [storage.path(name) for finder in get_finders() for name, storage in finder.list([])]
    about = [f"{path} {os.stat(path).st_size} {os.stat(path).st_mtime_ns}" for path in sorted(found)]
    digest = hashlib.sha256("\n".join(about).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    say("static files")
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(digest)


def supervise(var: Path, port: int, *, end_with_parent: bool) -> int:
    """Run server and worker until told to end; prints how to sign in once they are ready."""
    logs = var / "log"
    logs.mkdir(exist_ok=True)
    niangjia = [sys.executable, "-m", "niangjia.cli"]
    children = [
        Child("web server", [*niangjia, "serve", "--host", HOST, "--port", str(port)], logs / "web.log"),
        Child("worker", [*niangjia, "worker"], logs / "worker.log"),
    ]
    for child in children:
        child.log.write_bytes(b"")
    address = f"http://{HOST}:{port}"

    def when_ready() -> bool:
        if not is_ready(f"{address}/readyz"):
            return False
        sys.stdout.write(welcome(address, logs))
        sys.stdout.flush()
        return True

    return Supervisor(children, end_with_parent=end_with_parent).run(when_ready)


def is_ready(url: str) -> bool:
    """Whether the server says that it is ready."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(json.load(answer)["ready"])
    except (OSError, urllib.error.URLError, ValueError):
        return False


def welcome(address: str, logs: Path) -> str:
    """What is printed once the city is open."""
    from niangjia.shells.demo.accounts import as_table

    return (
        f"\nThe demonstration city is open. Everybody in it is invented.\n\n"
        f"  members   {address}/\n  staff     {address}/console/\n  API       {address}/api/v1/openapi.json\n"
        f"  logs      {logs}\n\n{as_table()}\n"
        f"  The same as JSON: niangjia demo --accounts. Ctrl-C ends everything.\n\n"
    )


def say(what: str) -> None:
    """Tell the terminal what is being prepared."""
    sys.stderr.write(f"preparing {what} …\n")
