"""The kinds of files that are taken, told apart by content. Name and declared type must agree with it."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence

from niangjia.kernel.errors import DomainError, RuleBroken, TooLarge
from niangjia.kernel.text import Text, _
from niangjia.platform.files import images, papers
from niangjia.platform.files.broken import Broken, Oversized

MIB = 1024 * 1024

JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
XLSX, CSV = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/csv"

CLAIM_PAPERS = (JPEG, PNG, WEBP, PDF)
PICTURES = (JPEG, PNG, WEBP)
SPREADSHEETS = (XLSX, CSV)

EXTENSIONS = {
    JPEG: (".jpg", ".jpeg", ".jfif"),
    PNG: (".png",),
    WEBP: (".webp",),
    PDF: (".pdf",),
    XLSX: (".xlsx",),
    CSV: (".csv",),
}
_SAY_NOTHING = {"", "application/octet-stream", "binary/octet-stream", "image/*", "*/*"}
_ALIASES = {"image/jpg": JPEG, "image/pjpeg": JPEG, "image/x-png": PNG, "application/x-pdf": PDF}
_VIRUS_TEST = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_HEIC = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1")
_LONGEST_NAME = 120
_ODD = frozenset('%"<>|:*?;')


def recognised(data: bytes, *, name: str, declared: str, allowed: Sequence[str]) -> tuple[str, bytes]:
    """The media type of ``data``, and the data without what nobody asked for (place and device of a photo).

    Raises RuleBroken FILE_CONTENT (422) when content, name and declared type do not agree or the content is broken or
    dangerous, TooLarge FILE_TOO_BIG (413) for pictures and papers that would be huge when opened.
    """
    if data[4:12] in _HEIC:
        raise refused(_("这是HEIC格式的照片，这里打不开。请在手机相机设置里选“兼容性最佳”重拍，或截屏后上传截图。"))
    found = _kind(data, name)
    if found is None or found not in allowed or _VIRUS_TEST in data:
        raise refused()
    if not _agrees(found, name, declared):
        raise refused()
    try:
        return found, _cleaned(found, data)
    except Broken as broken:
        raise refused() from broken
    except Oversized as oversized:
        raise too_big() from oversized


def display_name(name: str, media_type: str) -> str:
    """A name that can be shown and put into a header: no folders, no control or direction characters, not too long."""
    base = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    base = "".join("_" if letter in _ODD else letter for letter in base if unicodedata.category(letter)[0] != "C")
    stem, extension = os.path.splitext(base.strip().lstrip("-. "))
    if extension.lower() not in EXTENSIONS[media_type]:
        stem, extension = stem + extension, EXTENSIONS[media_type][0]
    while len((stem + extension).encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    return (stem.strip() or "file") + extension


def refused(sentence: Text | None = None) -> RuleBroken:
    """The content is not taken."""
    text = sentence or _("文件打不开，或内容与类型不符。请上传清楚完整的照片（JPG、PNG）或PDF。")
    return RuleBroken("FILE_CONTENT", text, fields={"file": [text]})


def too_big(sentence: Text | None = None) -> DomainError:
    """The file, or what it holds, is larger than allowed."""
    text = sentence or _("文件过大。请压缩、缩小或分成几份后上传。")
    return TooLarge("FILE_TOO_BIG", text, fields={"file": [text]})


def _kind(data: bytes, name: str) -> str | None:
    extension = os.path.splitext(name.lower())[1]
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in data:
        return XLSX
    return CSV if extension == ".csv" and _is_plain(data) else None


def _is_plain(data: bytes) -> bool:
    head = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:256].lower()
    return b"\x00" not in data and not re.match(rb"<(!doctype|html|\?xml|table|svg|script)|%pdf|mz|#!", head)


def _agrees(found: str, name: str, declared: str) -> bool:
    extension = os.path.splitext(name.lower())[1]
    if extension and extension not in EXTENSIONS[found]:
        return False
    said = declared.partition(";")[0].strip().lower()
    return found in SPREADSHEETS or said in _SAY_NOTHING or _ALIASES.get(said, said) == found


def _cleaned(kind: str, data: bytes) -> bytes:
    if kind == JPEG:
        return images.clean_jpeg(data)
    if kind == PNG:
        return images.clean_png(data)
    if kind == WEBP:
        return images.clean_webp(data)
    if kind == PDF:
        papers.require_plain_pdf(data)
    return data
