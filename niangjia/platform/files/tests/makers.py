"""Pictures and papers made by hand, so that every byte of them is known."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence


class Upload:
    """What a web request hands over."""

    def __init__(self, data: bytes, name: str = "a.jpg", content_type: str = "", size: int | None = None) -> None:
        self.data, self.name, self.content_type = data, name, content_type
        self.size = len(data) if size is None else size

    def read(self, most: int = -1) -> bytes:
        return self.data if most < 0 else self.data[:most]


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def exif(orientation: int, *, place: bytes = b"39.9N 116.4E", order: str = ">") -> bytes:
    mark = b"MM" if order == ">" else b"II"
    tiff = mark + struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", 2)
    tiff += struct.pack(order + "HHII", 0x010F, 2, 4, 0x41424344)
    tiff += struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(order + "I", 0)
    return segment(0xE1, b"Exif\x00\x00" + tiff + place)


def jpeg(
    *,
    width: int = 40,
    height: int = 30,
    extra: Sequence[bytes] = (),
    scan: bytes = b"\x12\xff\x00\x34\xff\xd0\x56",
    tail: bytes = b"",
) -> bytes:
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    tables = segment(0xDB, bytes(65)) + segment(0xC4, bytes(19))
    start = segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
    head = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    return b"\xff\xd8" + start + b"".join(extra) + tables + frame + head + scan + b"\xff\xd9" + tail


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*, width: int = 4, height: int = 3, extra: Sequence[bytes] = (), tail: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress(b"".join(b"\x00" + bytes(4) for _row in range(3)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + chunk(b"IDAT", rows) + chunk(b"IEND", b"") + tail


def webp_chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\x00" * (len(content) % 2)


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + (
        b"".join(chunks) or webp_chunk(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 40, 30) + b"x" * 9)
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pdf(*, pages: int = 1, extra: bytes = b"", end: bytes = b"startxref\n9\n%%EOF\n") -> bytes:
    objects = b"".join(b"%d 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n" % (number + 3) for number in range(pages))
    head = (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Count 1 >>\nendobj\n"
    )
    return head + objects + extra + b"xref\n0 1\ntrailer\n<< /Root 1 0 R >>\n" + end


def packed_objects(content: bytes, *, head: bytes = b"/Filter /FlateDecode") -> bytes:
    data = zlib.compress(content)
    return b"9 0 obj\n<< /Type /ObjStm /N 1 /First 4 %b /Length %d >>\nstream\n%b\nendstream\nendobj\n" % (
        head,
        len(data),
        data,
    )
