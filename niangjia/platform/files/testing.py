"""Invented papers for tests, the demonstration and the replay: pictures of nothing, each different from the others."""

from __future__ import annotations

import struct
import zlib
from hashlib import sha256

from django.core.files.uploadedfile import SimpleUploadedFile

_CELLS, _PIXELS = 8, 20
"""A square of so many grey cells, each so many pixels wide."""


def a_picture(words: str, name: str = "paper.png") -> SimpleUploadedFile:
    """An upload of a picture that is the same for the same ``words`` and another for others."""
    return SimpleUploadedFile(name, picture(words), content_type="image/png")


def picture(words: str) -> bytes:
    """The PNG: a pattern of light greys drawn from ``words``."""
    shades = (sha256(words.encode()).digest() * 2)[: _CELLS * _CELLS]
    rows = (bytes(160 + shades[row * _CELLS + cell] % 96 for cell in range(_CELLS)) for row in range(_CELLS))
    lines = b"".join((b"\0" + b"".join(bytes([shade]) * _PIXELS for shade in row)) * _PIXELS for row in rows)
    side = _CELLS * _PIXELS
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(lines)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
