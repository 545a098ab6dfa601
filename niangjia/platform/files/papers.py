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
_START = re.compile(rb"stream\r?\n")


def require_plain_pdf(data: bytes) -> None:
    """Raises Broken for a paper that is cut off, locked or carries a program, Oversized for more than 500 pages."""
    if not re.match(rb"%PDF-[12]\.\d", data) or b"%%EOF" not in data[-_TAIL:]:
        raise Broken("cut off")
    plain = _unescaped(data)
    if _FORBIDDEN.search(plain):
        raise Broken("program or lock")
    pages = len(_PAGE.findall(plain))
    for objects in _packed_objects(plain, data):
        unpacked = _unescaped(objects)
        if _FORBIDDEN.search(unpacked):
            raise Broken("program")
        pages += len(_PAGE.findall(unpacked))
    if pages > MOST_PAGES:
        raise Oversized("pages")


def _unescaped(data: bytes) -> bytes:
    """A name may be written ``/J#61vaScript``; this is how a reader understands it."""
    return _ESCAPE.sub(lambda found: bytes([int(found.group(1), 16)]), data)


def _packed_objects(plain: bytes, data: bytes) -> Iterator[bytes]:
    """The objects that newer papers pack together; without unpacking them a program would stay unseen.

    When the text holds escapes, places in it differ from places in the data: such a paper is then searched as it is.
    """
    source = data if len(plain) != len(data) else plain
    budget = _MOST_UNPACKED
    for found in _PACKED.finditer(source):
        head_start = max(source.rfind(b"obj", 0, found.start()), 0)
        start = _START.search(source, found.end())
        if start is None:
            raise Broken("packed objects")
        head = source[head_start : start.start()]
        if b"/FlateDecode" not in head or re.search(rb"/(ASCII\w+|LZW|RunLength)\w*Decode", head):
            raise Broken("packed objects")
        unpacked = _inflated(source[start.end() :], budget)
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
