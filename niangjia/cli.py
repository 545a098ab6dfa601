"""The command ``niangjia``: demo, serve, worker, manage, report, bench, backup, restore."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

PASSED_ON = {
    "manage": "any of Django's commands and ours: niangjia manage help lists them",
    "report": "print the report card: --union CODE --from DAY --to DAY --json",
    "bench": "run a benchmark: niangjia bench --help lists them",
}
REFUSED = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "niangjia.settings")
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] in PASSED_ON:
        return _pass_on(words[0], words[1:])
    options = _parser().parse_args(words)
    command: Callable[[argparse.Namespace], int] = options.run
    return _guarded(command, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="niangjia", description="The platform of a city's federation of trade unions."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    demo = commands.add_parser("demo", help="show the demonstration city: server and worker on one machine")
    demo.add_argument("--port", type=_port, default=8000)
    demo.add_argument("--fresh", action="store_true", help="throw the demonstration's data away and start over")
    demo.add_argument("--accounts", action="store_true", help="print the sign-ins as JSON and end")
    demo.add_argument("--end-with-parent", action="store_true", help="end when the calling process ends")
    demo.set_defaults(run=_demo)
    serve = commands.add_parser("serve", help="answer requests")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8000)
    serve.add_argument("--workers", type=_positive, default=2, help="processes")
    serve.add_argument("--threads", type=_positive, default=4, help="threads of each process")
    serve.set_defaults(run=_serve)
    commands.add_parser("worker", help="do the work that waits: jobs, messages, schedules").set_defaults(run=_worker)
    backup = commands.add_parser("backup", help="write database and files into a new folder")
    backup.add_argument("target", type=Path)
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="read a backup into an empty database and an empty folder")
    restore.add_argument("source", type=Path)
    restore.set_defaults(run=_restore)
    for name, text in PASSED_ON.items():
        commands.add_parser(name, help=text, add_help=False)
    return parser


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to 65535")
    return number


def _positive(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number


def _guarded(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run ``command``; a refusal at start becomes sentences and exit status 2 instead of a traceback."""
    from niangjia.shells.host.refusals import Refused

    try:
        return command(options)
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _pass_on(name: str, words: Sequence[str]) -> int:
    from django.conf import settings
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    settings.VAR.mkdir(parents=True, exist_ok=True)
    try:
        execute_from_command_line([f"niangjia {name}", *([] if name == "manage" else [name]), *words])
    except OperationalError as error:
        if name == "manage":
            raise
        sys.stderr.write(f"The database does not answer or is busy; try again in a while: {error}\n")
        return 1
    return 0


def _demo(options: argparse.Namespace) -> int:
    os.environ["NIANGJIA_DEMO"] = "1"
    if options.accounts:
        from niangjia.shells.demo.accounts import as_json

        sys.stdout.write(as_json())
        return 0
    from niangjia.shells.demo import command

    return command.run(port=options.port, fresh=options.fresh, end_with_parent=options.end_with_parent)


def _serve(options: argparse.Namespace) -> int:
    from niangjia.shells.host.serve import serve

    serve(host=options.host, port=options.port, workers=options.workers, threads=options.threads)
    return 0


def _worker(options: argparse.Namespace) -> int:
    import django

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_about: stop.set())
    django.setup()
    from niangjia.platform.jobs import worker
    from niangjia.shells.host import checks

    checks.refuse_start(answers_requests=False)
    worker.run(stop)
    return 0


def _backup(options: argparse.Namespace) -> int:
    import django

    django.setup()
    from niangjia.shells.host.backup import backup

    manifest = backup(options.target)
    sys.stdout.write(f"{len(manifest.files)} files, {manifest.size} bytes: {options.target}\n")
    return 0


def _restore(options: argparse.Namespace) -> int:
    import django

    django.setup()
    from niangjia.shells.host.backup import restore

    manifest = restore(options.source)
    sys.stdout.write(f"{len(manifest.files)} files of {manifest.made_at} restored\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
