"""CSV as spreadsheet programs save it: UTF-8 with or without mark, or GB18030; comma, semicolon or tab. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from niangjia.platform.sheets.archive import Refused
from niangjia.platform.sheets.limits import Limits

_SEPARATORS = ",;\t"
_VIRUS_TEST = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_HAN_IN_UTF8 = re.compile(rb"(?:[\x00-\x7f]|[\xe3-\xe9][\x80-\xbf]{2}|\xef[\xbc-\xbd][\x80-\xbf])+")


def rows(
    path: Path, limits: Limits, announce: Callable[[int], None] = lambda _lines: None
) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row; ``announce`` hears first how many lines there are.

    Raises Refused FILE_BROKEN, FILE_TOO_BIG, FILE_UNSAFE.
    """
    encoding, lines = _encoding(path, limits)
    announce(lines)
    csv.field_size_limit(limits.line_bytes)
    with path.open(encoding=encoding, newline="") as stream:
        reader = csv.reader(stream, delimiter=_separator(path, encoding), strict=True)
        start = 1
        try:
            for cells in reader:
                if any(_VIRUS_TEST in cell for cell in cells):
                    raise Refused("FILE_UNSAFE", "virus")
                yield start, cells
                start = reader.line_num + 1
        except csv.Error as error:
            raise Refused("FILE_TOO_BIG" if "field larger" in str(error) else "FILE_BROKEN", "csv") from error


def _encoding(path: Path, limits: Limits) -> tuple[str, int]:
    """Encoding and number of lines of the whole file. Lines of two encodings: two files were pasted together."""
    utf8, other, lines = 0, 0, 0
    with path.open("rb") as stream:
        first = True
        while line := stream.readline(limits.line_bytes + 1):
            lines += 1
            if len(line) > limits.line_bytes:
                raise Refused("FILE_TOO_BIG", "line")
            if b"\x00" in line:
                raise Refused("FILE_BROKEN", "zero byte")
            marked, first = first and line.startswith(b"\xef\xbb\xbf"), False
            if line.isascii():
                continue
            if not _decodes(line, "utf-8"):
                other += 1
            elif marked or _HAN_IN_UTF8.fullmatch(line):
                utf8 += 1
    if not other:
        return "utf-8-sig", lines
    if utf8 or not _decodes(path.read_bytes(), "gb18030"):
        raise Refused("FILE_BROKEN", "encoding")
    return "gb18030", lines


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _separator(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as stream:
        header = re.sub(r'"[^"]*"', "", stream.readline())
    return max(_SEPARATORS, key=lambda mark: (header.count(mark), -_SEPARATORS.index(mark)))
