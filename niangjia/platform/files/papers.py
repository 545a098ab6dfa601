"""PDF, looked at without opening it: whole, readable without a password, without programs, of a sane length. Pure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from niangjia.platform.files.broken import Broken, Oversized

MOST_PAGES = 500
_TAIL = 2048
_MOST_UNPACKED = 32 * 1024 * 1024

_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_FORBIDDEN = re.compile(rb"/(?:JavaScript|Launch|RichMedia|Encrypt|SubmitForm|ImportData|XFA)(?![A-Za-z0-9])")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z0-9])")
_PACKED = re.compile(rb"/Type\s*/ObjStm(?![A-Za-z0-9])")
_OTHER_FILTER = re.compile(rb"/(?:ASCII\w+|LZW|RunLength|Crypt)\w*")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_LONGEST_HEAD = 8192


def require_plain_pdf(data: bytes) -> None:
    """Raises Broken for a paper that is cut off, locked or carries a program, Oversized for more than 500 pages."""
    if not re.match(rb"%PDF-[12]\.\d", data) or b"%%EOF" not in data[-_TAIL:]:
        raise Broken("cut off")
    plain = _unescaped(data)
    if _FORBIDDEN.search(plain):
        raise Broken("program or lock")
    pages = len(_PAGE.findall(plain))
    for objects in _packed_objects(data):
        unpacked = _unescaped(objects)
        if _FORBIDDEN.search(unpacked):
            raise Broken("program")
        pages += len(_PAGE.findall(unpacked))
    if pages > MOST_PAGES:
        raise Oversized("pages")


def _unescaped(data: bytes) -> bytes:
    """A name may be written ``/J#61vaScript``; this is how a reader understands it."""
    return _ESCAPE.sub(lambda found: bytes([int(found.group(1), 16)]), data)


def _packed_objects(data: bytes) -> Iterator[bytes]:
    """The objects that newer papers pack together; without unpacking them a program would stay unseen."""
    budget = _MOST_UNPACKED
    for stream in _STREAM.finditer(data):
        start = max(data.rfind(b"obj", 0, stream.start()), stream.start() - _LONGEST_HEAD, 0)
        head = _unescaped(data[start : stream.start()])
        if not _PACKED.search(head):
            continue
        if b"/FlateDecode" not in head or _OTHER_FILTER.search(head):
            raise Broken("packed objects")
        unpacked = _inflated(data[stream.end() :], budget)
        budget -= len(unpacked)
        yield unpacked


def _inflated(packed: bytes, budget: int) -> bytes:
    try:
        unpacked = zlib.decompressobj().decompress(packed, max(budget, 1))
    except zlib.error as error:
        raise Broken("packed objects") from error
    if len(unpacked) >= budget:
        raise Oversized("packed objects")
    return unpacked
