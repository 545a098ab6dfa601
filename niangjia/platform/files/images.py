"""Pictures, walked part by part without decoding them. Pure.

What is kept is the picture: everything else goes, above all the place and the device that phones write into photos,
and whatever was glued behind the end. How the phone was held stays, or the picture would lie on its side.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from niangjia.platform.files.broken import Broken, Oversized

MOST_PIXELS = 64_000_000

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_END, _SCAN, _APP0, _EXIF, _APP14 = 0xD9, 0xDA, 0xE0, 0xE1, 0xEE
_ORIENTATION = 0x0112

_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs", b"bKGD"}
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"})
_WEBP_HAS_EXIF_OR_XMP = 0x0C


def clean_jpeg(data: bytes) -> bytes:
    """The picture up to its end mark, with its orientation. Raises Broken, Oversized."""
    kept = [b"\xff\xd8"]
    orientation, sized = 1, False
    for marker, segment in _jpeg_segments(data):
        if marker in _FRAMES:
            if len(segment) < 9:
                raise Broken("frame")
            height, width = struct.unpack(">HH", segment[5:9])
            _require_size(width, height)
            sized = True
        if marker == _EXIF:
            orientation = _orientation(segment[4:]) or orientation
        if _is_part_of_picture(marker):
            kept.append(segment)
    if not sized or len(kept) < 3:
        raise Broken("no picture")
    if orientation != 1:
        kept.insert(2 if kept[1][1] == _APP0 else 1, _orientation_segment(orientation))
    return b"".join(kept)


def _is_part_of_picture(marker: int) -> bool:
    return marker in (_APP0, _APP14) or not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of every segment, a scan with its picture data, up to and including the end mark."""
    at = 2
    while True:
        if at + 2 > len(data) or data[at] != 0xFF:
            raise Broken("marker")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == _END:
            yield marker, data[at : at + 2]
            return
        end = at + 2 if marker in _ALONE else at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data) or (marker not in _ALONE and end < at + 4):
            raise Broken("segment")
        if marker == _SCAN:
            end = _end_of_scan(data, end)
        yield marker, data[at:end]
        at = end


def _end_of_scan(data: bytes, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise Broken("cut off")
        if data[at + 1] == 0 or data[at + 1] in _ALONE:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at


def _orientation(exif: bytes) -> int:
    """The orientation 1 to 8 that an EXIF segment names, 0 when it names none."""
    if exif[:6] != b"Exif\x00\x00" or exif[6:8] not in (b"II", b"MM"):
        return 0
    tiff, order = exif[6:], "<" if exif[6:8] == b"II" else ">"
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for entry in range(min(count, 200)):
            tag, _kind, _number, value = struct.unpack_from(order + "HHIH", tiff, start + 2 + entry * 12)
            if tag == _ORIENTATION:
                return int(value) if 1 <= value <= 8 else 0
    except struct.error:
        return 0
    return 0


def _orientation_segment(orientation: int) -> bytes:
    tiff = b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    body = b"Exif\x00\x00" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def clean_png(data: bytes) -> bytes:
    """The picture's own chunks, each with a right checksum. Raises Broken, Oversized."""
    kept = [data[:8]]
    seen: list[bytes] = []
    for kind, content, whole in _png_chunks(data):
        if not seen:
            if kind != b"IHDR" or len(content) != 13:
                raise Broken("header")
            _require_size(*struct.unpack(">II", content[:8]))
        seen.append(kind)
        if kind in _PNG_KEPT:
            kept.append(whole)
    if b"IDAT" not in seen:
        raise Broken("no picture")
    return b"".join(kept)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    at = 8
    while True:
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            raise Broken("cut off")
        kind, content = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if zlib.crc32(kind + content) != int.from_bytes(data[end - 4 : end], "big"):
            raise Broken("checksum")
        yield kind, content, data[at:end]
        if kind == b"IEND":
            return
        at = end


def clean_webp(data: bytes) -> bytes:
    """The picture's own chunks; moving pictures are refused. Raises Broken, Oversized."""
    end = int.from_bytes(data[4:8], "little") + 8
    if end > len(data):
        raise Broken("cut off")
    kept, sized = [], False
    for kind, content in _webp_chunks(data[:end]):
        if kind in (b"ANIM", b"ANMF"):
            raise Broken("moving picture")
        if size := _webp_size(kind, content):
            _require_size(*size)
            sized = True
        if kind == b"VP8X":
            content = bytes([content[0] & ~_WEBP_HAS_EXIF_OR_XMP]) + content[1:]
        if kind in _WEBP_KEPT:
            kept.append(kind + struct.pack("<I", len(content)) + content + b"\x00" * (len(content) % 2))
    if not sized or not any(part[:4] in (b"VP8 ", b"VP8L") for part in kept):
        raise Broken("no picture")
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise Broken("cut off")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _webp_size(kind: bytes, content: bytes) -> tuple[int, int] | None:
    if (kind in (b"VP8X", b"VP8 ") and len(content) < 10) or (kind == b"VP8L" and len(content) < 5):
        raise Broken("cut off")
    if kind == b"VP8X":
        return int.from_bytes(content[4:7], "little") + 1, int.from_bytes(content[7:10], "little") + 1
    if kind == b"VP8 ":
        if content[3:6] != b"\x9d\x01\x2a":
            raise Broken("frame")
        width, height = struct.unpack("<HH", content[6:10])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(content[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _require_size(width: int, height: int) -> None:
    if width == 0 or height == 0:
        raise Broken("empty picture")
    if width * height > MOST_PIXELS:
        raise Oversized("pixels")
