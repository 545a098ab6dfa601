"""What is inside a zip before anybody parses it. Pure and bounded: runs in the child process.

Python's ``zipfile`` and the Rust reader trust different headers, so every part is unpacked here once, counted by the
bytes that really come out, and looked at; nothing is kept but the places of cells that the reader would lose.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from niangjia.platform.sheets.limits import MIB, Limits

_CHUNK = 256 * 1024
_OVERLAP = 4096
_LOCAL_HEADER = 30
_SMALL_PART = 4 * MIB
_MOST_ODD_CELLS = 200_000

_VIRUS_TEST = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_MACROS = ("vbaproject.bin", "vbadata.xml", "xl/macrosheets/", "xl/activex/", "xl/ctrlprops/")
_OUTSIDE = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/", "customui/")
_NESTED = (".zip", ".xlsx", ".xlsm", ".xls", ".exe", ".dll", ".js", ".vbs", ".docm", ".jar", ".rar", ".7z")

_ODD_CELL = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>"
    rb"(?:(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>(#[^<]{1,20})</"
    rb"|<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>)"
)
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")


class Refused(Exception):
    """The file is not read; ``code`` says why, ``detail`` names the limit or part for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass
class Parts:
    """What the inspection found: cells (row, column from 0) that hold an error, or "" for a formula without result."""

    odd_cells: dict[tuple[int, int], str] = field(default_factory=dict)


def inspect(path: Path, limits: Limits) -> Parts:
    """Unpack every part once within ``limits``. Raises Refused FILE_TYPE, FILE_BROKEN, FILE_TOO_BIG, FILE_UNSAFE."""
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            infos = archive.infolist()
            _require_few(infos, limits)
            _require_workbook({info.filename for info in infos})
            _require_harmless(infos)
            found = Parts()
            first = _first_sheet(stream, infos)
            budget = limits.inflated_bytes
            for info in infos:
                budget -= _look_through(stream, info, budget, found if info.filename == first else None)
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, UnicodeError) as error:
        raise Refused("FILE_BROKEN", type(error).__name__) from error


def _require_few(infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(infos) > limits.parts:
        raise Refused("FILE_TOO_BIG", "parts")


def _require_harmless(infos: list[zipfile.ZipInfo]) -> None:
    if len({info.filename for info in infos}) != len(infos):
        raise Refused("FILE_UNSAFE", "two parts share a name")
    for info in infos:
        _require_harmless_part(info)


def _require_harmless_part(info: zipfile.ZipInfo) -> None:
    name = info.filename.replace("\\", "/").lower()
    if ".." in name.split("/") or name.startswith("/") or "\x00" in info.orig_filename or ":" in name:
        raise Refused("FILE_UNSAFE", "part name")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Refused("FILE_UNSAFE", "link")
    if any(mark in name for mark in _MACROS):
        raise Refused("FILE_UNSAFE", "macro")
    if name.startswith(_OUTSIDE) or name.endswith(_NESTED):
        raise Refused("FILE_UNSAFE", "outside")
    if info.flag_bits & 0x1:
        raise Refused("FILE_BROKEN", "encrypted part")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("FILE_BROKEN", "compression")


def _require_workbook(names: set[str]) -> None:
    lowered = {name.lower() for name in names}
    if "[content_types].xml" not in lowered or "xl/workbook.bin" in lowered:
        raise Refused("FILE_TYPE", "not a workbook")
    if "xl/workbook.xml" not in lowered:
        raise Refused("FILE_TYPE" if any(name.startswith(("word/", "ppt/")) for name in lowered) else "FILE_BROKEN")


def _look_through(stream: BinaryIO, info: zipfile.ZipInfo, budget: int, found: Parts | None) -> int:
    """Unpack one part and judge it; returns the bytes that came out."""
    size, before = 0, b""
    is_xml = info.filename.lower().endswith((".xml", ".rels", ".vml"))
    for chunk in _inflate(stream, info):
        if is_xml and size == 0 and (b"\x00" in chunk[:4] or chunk[:2] in (b"\xff\xfe", b"\xfe\xff")):
            raise Refused("FILE_UNSAFE", "encoding")
        size += len(chunk)
        if size > budget:
            raise Refused("FILE_TOO_BIG", "inflated")
        if size > info.file_size:
            raise Refused("FILE_TOO_BIG", "the size header lies")
        window = before + chunk
        _judge(window, chunk, is_xml)
        if found is not None:
            _collect(window, found)
        before = window[-_OVERLAP:]
    if size != info.file_size:
        raise Refused("FILE_BROKEN", "the size header lies")
    return size


def _judge(window: bytes, chunk: bytes, is_xml: bool) -> None:
    if is_xml and (b"<!DOCTYPE" in window or b"<!ENTITY" in window):
        raise Refused("FILE_UNSAFE", "entity")
    if is_xml and len(chunk) == _CHUNK and b"<" not in chunk:
        raise Refused("FILE_TOO_BIG", "cell")
    if _VIRUS_TEST in window:
        raise Refused("FILE_UNSAFE", "virus")
    if is_xml and b"<ddeLink" in window:
        raise Refused("FILE_UNSAFE", "outside")


def _collect(window: bytes, found: Parts) -> None:
    """Remember errors and formulas without result: the reader hands both out as empty cells."""
    if b"v>#" not in window and b"f>" not in window and b"<f" not in window:
        return
    for cell in _ODD_CELL.finditer(window):
        reference = _REFERENCE.search(cell.group(1))
        if reference:
            found.odd_cells[_place(reference)] = (cell.group(2) or b"").decode("ascii", "replace")
    if len(found.odd_cells) > _MOST_ODD_CELLS:
        raise Refused("FILE_BROKEN", "formulas without results")


def _place(reference: re.Match[bytes]) -> tuple[int, int]:
    column = 0
    for letter in reference.group(1):
        column = column * 26 + letter - 64
    return int(reference.group(2)) - 1, column - 1


def _inflate(stream: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The real bytes of a part, in pieces of at most 256 KiB, whatever its headers promise."""
    stream.seek(info.header_offset)
    header = stream.read(_LOCAL_HEADER)
    if len(header) != _LOCAL_HEADER or header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile
    stream.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = info.compress_size
    if info.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (piece := stream.read(min(left, _CHUNK))):
            left -= len(piece)
            yield piece
        return
    inflater = zlib.decompressobj(-15)
    while left > 0 and not inflater.eof and (piece := stream.read(min(left, _CHUNK))):
        left -= len(piece)
        while piece:
            out = inflater.decompress(piece, _CHUNK)
            if out:
                yield out
            piece = inflater.unconsumed_tail
    while not inflater.eof and (out := inflater.decompress(b"", _CHUNK)):
        yield out
    if not inflater.eof:
        raise EOFError


def _small(stream: BinaryIO, infos: list[zipfile.ZipInfo], name: str) -> bytes:
    info = next((info for info in infos if info.filename.lower() == name), None)
    if info is None:
        return b""
    content = b""
    for chunk in _inflate(stream, info):
        content += chunk
        if len(content) > _SMALL_PART:
            raise Refused("FILE_TOO_BIG", name)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content:
        raise Refused("FILE_UNSAFE", "entity")
    return content


def _first_sheet(stream: BinaryIO, infos: list[zipfile.ZipInfo]) -> str:
    """The part that holds the first sheet, by way of the workbook's relations."""
    try:
        book = ElementTree.fromstring(_small(stream, infos, "xl/workbook.xml"))  # noqa: S314 - no DOCTYPE gets here
        relations = ElementTree.fromstring(  # noqa: S314
            _small(stream, infos, "xl/_rels/workbook.xml.rels") or b"<Relationships/>"
        )
    except ElementTree.ParseError as error:
        raise Refused("FILE_BROKEN", "workbook") from error
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in (element for element in book.iter() if element.tag.endswith("}sheet") or element.tag == "sheet"):
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        target = targets.get(key, "")
        return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise Refused("FILE_BROKEN", "no sheet")
