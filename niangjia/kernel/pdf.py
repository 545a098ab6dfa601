"""Small PDF papers in Chinese, A4, without any font file: leaflets and certificates. Pure.

Every reader of PDF knows the font STSong-Light and its encoding by name (ISO 32000-1, 9.7.5.2: predefined CMaps and the
character collection Adobe-GB1), so nothing is embedded and text can be searched and copied. A Chinese character is one
em wide, an ASCII character half of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 595.0, 842.0
MARGIN = 56.0
_FORBIDDEN_FIRST = frozenset("，。、；：？！）》”’%")
"""Marks that never begin a line."""


@dataclass
class Page:
    """What is drawn on one page. Coordinates are points from the lower left corner."""

    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, size: float, words: str, *, grey: float = 0.0) -> None:
        """One line of text with its base line at ``y``."""
        shown = _plain(words).encode("utf-16-be").hex()
        self.parts.append(f"{grey:.2f} g BT /F1 {size:g} Tf {x:.2f} {y:.2f} Td <{shown}> Tj ET")

    def line(self, x1: float, y1: float, x2: float, y2: float, *, width: float = 0.5) -> None:
        """A straight line."""
        self.parts.append(f"0.6 G {width:g} w {x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l S")

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A filled black rectangle, such as a module of a QR code."""
        self.parts.append(f"0 g {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f")


def width_of(words: str, size: float) -> float:
    """How wide a line is, in points."""
    return sum(0.5 if character.isascii() else 1.0 for character in _plain(words)) * size


def wrapped(words: str, size: float, width: float) -> Iterator[str]:
    """``words`` in lines of at most ``width`` points; a closing mark stays with what it closes."""
    line = ""
    for character in words:
        if character == "\n" or (width_of(line + character, size) > width and character not in _FORBIDDEN_FIRST):
            yield line
            line = "" if character.isspace() else character
        else:
            line += character
    if line:
        yield line


class Flow:
    """A paper that is written from top to bottom and begins a new page when one is full."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.pages: list[Page] = []
        self._turn()

    def heading(self, words: str) -> None:
        """A title of a part, kept together with what follows."""
        self._need(64)
        self._y -= 14
        self._write(words, 14, MARGIN)
        self._y -= 4

    def paragraph(self, words: str, *, size: float = 10.5, grey: float = 0.0) -> None:
        """Running text."""
        self._write(words, size, MARGIN, grey=grey)
        self._y -= 4

    def item(self, words: str) -> None:
        """One point of a list."""
        self._need(16)
        self.pages[-1].text(MARGIN, self._y - 10.5, 10.5, "·")
        self._write(words, 10.5, MARGIN + 12)
        self._y -= 2

    def bytes(self) -> bytes:
        """The paper."""
        for number, page in enumerate(self.pages, 1):
            shown = f"{number} / {len(self.pages)}"
            page.text(WIDTH / 2 - width_of(shown, 9) / 2, 30, 9, shown, grey=0.4)
        return document(self.pages, title=self.title)

    def _write(self, words: str, size: float, left: float, *, grey: float = 0.0) -> None:
        for line in wrapped(words, size, WIDTH - MARGIN - left):
            self._need(size * 1.6)
            self.pages[-1].text(left, self._y - size, size, line, grey=grey)
            self._y -= size * 1.6

    def _need(self, height: float) -> None:
        if self._y - height < MARGIN:
            self._turn()

    def _turn(self) -> None:
        self.pages.append(Page())
        self._y = HEIGHT - MARGIN


def document(pages: Sequence[Page], *, title: str) -> bytes:
    """A whole PDF file of these pages; the same pages give the same bytes."""
    count = len(pages)
    kids = " ".join(f"{7 + 2 * number} 0 R" for number in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /Lang (zh-CN) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} /MediaBox [0 0 {WIDTH:g} {HEIGHT:g}]"
        " /Resources << /Font << /F1 3 0 R >> >> >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UCS2-H /Encoding /UniGB-UCS2-H"
        " /DescendantFonts [4 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500]"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 5 0 R >>",
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
        " /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
        f"<< /Title <feff{title.encode('utf-16-be').hex()}> >>",
    ]
    bodies: list[bytes] = [text.encode("ascii") for text in objects]
    for number, page in enumerate(pages):
        bodies.append(f"<< /Type /Page /Parent 2 0 R /Contents {8 + 2 * number} 0 R >>".encode())
        content = zlib.compress("\n".join(page.parts).encode("ascii"), 9)
        head = f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n".encode()
        bodies.append(head + content + b"\nendstream")
    return _assembled(bodies)


def _assembled(bodies: Sequence[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n%\xe4\xb8\xad\n"), []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def _plain(words: str) -> str:
    """Only what the encoding holds: the yen sign in its wide form, nothing beyond the basic plane."""
    shown = words.replace("\u00a5", "\uffe5").replace("\u00a0", " ")
    return "".join(character if ord(character) < 0x10000 else "?" for character in shown)
