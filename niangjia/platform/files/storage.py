"""Content on disk (or wherever Django's storage puts it): sealed piece by piece, so that no size is too large.

A stored content is the mark ``NJF1`` and then, for each MiB, four bytes of length and the sealed piece. A piece is
bound to its file, its number and whether it is the last: none can be changed, swapped, left out or cut off unseen.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from niangjia.kernel.errors import Gone
from niangjia.kernel.text import _
from niangjia.platform.files.models import File
from niangjia.platform.personal_data import cipher

_MARK = b"NJF1"
_PIECE = 1024 * 1024
_NO_MASTER = bytes(cipher.KEY_ID_BYTES)
_KEY_BYTES = 32


@dataclass(frozen=True)
class Content:
    """A file's bytes with the headers under which they may be sent."""

    data: bytes
    headers: dict[str, str]


def new_key() -> str:
    """A key for one content, in hex."""
    return os.urandom(_KEY_BYTES).hex()


def write(file: File, data: bytes) -> None:
    """Seal ``data`` and put it where ``file.path`` says."""
    suite = cipher.ring().cipher
    key = bytes.fromhex(file.key)[: suite.key_bytes]
    starts = range(0, max(len(data), 1), _PIECE)
    sealed = [_MARK]
    for number, start in enumerate(starts):
        place = _place(file, number, is_last=number == len(starts) - 1)
        piece = cipher.seal_with(suite, key, _NO_MASTER, data[start : start + _PIECE], place)
        sealed += [len(piece).to_bytes(4, "big"), piece]
    stored = default_storage.save(file.path, ContentFile(b"".join(sealed)))
    if stored != file.path:
        default_storage.delete(stored)
        raise FileExistsError(file.path)


def chunks(file: File) -> Iterator[bytes]:
    """The content in pieces of at most 1 MiB. Raises Gone FILE_GONE, Tampered."""
    if file.erased_at is not None or not file.key:
        raise _gone()
    key = bytes.fromhex(file.key)
    try:
        stored = default_storage.open(file.path, "rb")
    except FileNotFoundError:
        raise _gone() from None
    with stored:
        if stored.read(len(_MARK)) != _MARK:
            raise cipher.Tampered(file.path)
        yield from _pieces(file, key, stored)


def read(file: File) -> Content:
    """The whole content, always as an attachment that no browser runs and no cache keeps."""
    return Content(b"".join(chunks(file)), headers(file))


def headers(file: File) -> dict[str, str]:
    """What goes with the content when it is sent."""
    return {
        "Content-Type": file.media_type,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(str(file.name))}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }


@contextmanager
def as_path(file: File) -> Iterator[Path]:
    """The content as a plain file in a folder of its own, removed after the block."""
    with tempfile.TemporaryDirectory(prefix="niangjia-file-") as folder:
        path = Path(folder) / "content"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            for piece in chunks(file):
                target.write(piece)
        yield path


def remove(path: str) -> None:
    """Delete a content; one that is gone already is no fault."""
    default_storage.delete(path)


def _pieces(file: File, key: bytes, stored: IO[bytes]) -> Iterator[bytes]:
    number, length = 0, stored.read(4)
    while length:
        sealed = stored.read(int.from_bytes(length, "big"))
        length = stored.read(4)
        yield cipher.open_with(key, sealed, _place(file, number, is_last=not length))
        number += 1
    if number == 0:
        raise cipher.Tampered(file.path)


def _place(file: File, number: int, *, is_last: bool) -> str:
    return f"files.file.content.{file.public_id}.{number}.{'last' if is_last else 'more'}"


def _gone() -> Gone:
    return Gone("FILE_GONE", _("这份文件已经按规定清除，不能再打开。"))
