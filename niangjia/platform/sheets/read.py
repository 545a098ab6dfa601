"""Reading what people upload: the file is opened in a child process that has little memory and little time."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time as wall
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import structlog

from niangjia.kernel.errors import DomainError
from niangjia.platform.sheets.cells import Cell, ErrorCell, FormulaCell, Row
from niangjia.platform.sheets.limits import Limits
from niangjia.platform.sheets.refusals import refusal

log = structlog.get_logger(__name__)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_READ = 1024 * 1024
_LONGEST_LINE = 256 * 1024 * 1024
_FOREIGN = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"MZ", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"{\\rtf")


def rows(
    path: Path,
    *,
    name: str = "",
    limits: Limits | None = None,
    announce: Callable[[int], None] = lambda _rows: None,
) -> Iterator[Row]:
    """The rows of the first sheet that are not blank, one after another, header included.

    ``name`` is the name under which it was uploaded; content and name must agree. ``announce`` hears before the first
    row about how many there are, header and blank ones included. Raises, at any point of the
    iteration, FILE_TYPE (415), FILE_BROKEN, FILE_UNSAFE or FILE_HEADER (422), FILE_TOO_BIG (413). This process
    neither parses the file nor holds more of it than a line.
    """
    limits = limits or Limits()
    kind = kind_of(path, name or path.name, limits)
    return _from_child(path, kind, limits, announce)


def kind_of(path: Path, name: str, limits: Limits | None = None) -> str:
    """``"xlsx"`` or ``"csv"``, by content and name together. Raises FILE_TYPE, FILE_BROKEN or FILE_TOO_BIG."""
    limits = limits or Limits()
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise refusal("FILE_TOO_BIG")
    extension = os.path.splitext(name.lower())[1]
    if extension not in {".xlsx", ".csv"}:
        raise refusal("FILE_TYPE")
    if size == 0:
        raise refusal("FILE_BROKEN")
    with path.open("rb") as stream:
        head = stream.read(1024)
    if extension == ".xlsx":
        _require_zip(path, head)
    elif _is_foreign(head):
        raise refusal("FILE_TYPE")
    return extension[1:]


def _require_zip(path: Path, head: bytes) -> None:
    if head.startswith(_OLE):
        raise refusal("FILE_BROKEN" if _contains(path, _ENCRYPTED) else "FILE_TYPE")
    if not head.startswith(b"PK"):
        raise refusal("FILE_TYPE")


def _is_foreign(head: bytes) -> bool:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((*_FOREIGN, b"PK\x03\x04", _OLE)) or text.startswith(
        (b"<!doctype", b"<html", b"<?xml", b"<table")
    )


def _contains(path: Path, mark: bytes) -> bool:
    before = b""
    with path.open("rb") as stream:
        while chunk := stream.read(_READ):
            if mark in before + chunk:
                return True
            before = chunk[-len(mark) :]
    return False


def _from_child(path: Path, kind: str, limits: Limits, announce: Callable[[int], None]) -> Iterator[Row]:
    command = [sys.executable, "-m", f"{__package__}.child", str(path.resolve()), kind, json.dumps(asdict(limits))]
    child = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
    )
    try:
        for line in _lines(child, limits.wait_seconds):
            message = json.loads(line)
            if isinstance(message, list):
                yield from _rows(line, message)
            elif "about" in message:
                announce(message["about"])
            elif "end" in message:
                return
            else:
                raise _refused(message["refused"], message["detail"])
        raise _died(child)
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def _environment() -> dict[str, str]:
    """What the child may know: where Python is, and nothing secret."""
    kept = {key: os.environ[key] for key in ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG") if key in os.environ}
    return {**kept, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _lines(child: subprocess.Popen[bytes], wait_seconds: float) -> Iterator[bytes]:
    """Lines as they come. Only the time spent waiting counts, so a slow reader does not starve the child."""
    assert child.stdout is not None  # noqa: S101 - PIPE was asked for
    descriptor, waited, pending = child.stdout.fileno(), 0.0, bytearray()
    while True:
        began = wall.monotonic()
        ready, _w, _x = select.select([descriptor], [], [], max(0.0, wait_seconds - waited))
        waited += wall.monotonic() - began
        if not ready:
            raise _refused("FILE_TOO_BIG", "time")
        piece = os.read(descriptor, _READ)
        if not piece:
            return
        pending += piece
        if b"\n" in piece:
            *whole, rest = bytes(pending).split(b"\n")
            yield from whole
            pending = bytearray(rest)
        elif len(pending) > _LONGEST_LINE:
            raise _refused("FILE_TOO_BIG", "line")


def _died(child: subprocess.Popen[bytes]) -> DomainError:
    """The child ended without a last word: killed for memory or time, or brought down by the file."""
    status = child.wait()
    return _refused("FILE_TOO_BIG" if status < 0 else "FILE_BROKEN", f"child ended with {status}")


def _refused(code: str, detail: str) -> DomainError:
    log.info("sheet_refused", reason=code, detail=detail)
    return refusal(code)


def _rows(line: bytes, found: list[Any]) -> Iterator[Row]:
    """Most rows hold nothing that JSON lacks, which their line shows by the want of a brace."""
    if b"{" in line:
        for number, values in found:
            yield Row(number, tuple([_cell(value) for value in values]))
        return
    blank = b'""' in line
    for number, values in found:
        yield Row(number, tuple([value if value != "" else None for value in values] if blank else values))


def _cell(value: Any) -> Cell:
    if not isinstance(value, dict):
        return value if value != "" else None
    (kind, content), *_rest = value.items()
    if kind == "d":
        return date.fromisoformat(content)
    if kind == "m":
        return datetime.fromisoformat(content)
    if kind == "t":
        return time.fromisoformat(content)
    return ErrorCell(content) if kind == "e" else FormulaCell()
