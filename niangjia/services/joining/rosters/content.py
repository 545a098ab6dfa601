"""What a row said, in the small form in which it is sealed: its values, and the cells and faults of a bad row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from niangjia.kernel.text import Text

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Content:
    """``cells`` are as written, by column; ``faults`` the sentence beside each bad column ("" for the whole row)."""

    name: str = ""
    name_key: str = ""
    name_initials: str = ""
    id_number: str = ""
    phone: str = ""
    employer: str = ""
    remarks: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, Text] = field(default_factory=dict)


def written(content: Content) -> str:
    """The content as text to be sealed."""
    parts: list[Any] = [
        content.name, content.name_key, content.name_initials, content.id_number, content.phone, content.employer,
        content.remarks,
    ]  # fmt: skip
    if content.cells or content.faults:
        faults = {
            key: [text.message, {n: str(v) for n, v in text.values.items()}] for key, text in content.faults.items()
        }
        parts += [dict(content.cells), faults]
    return _encode(parts)


def read(text: str) -> Content:
    """The content of a sealed text that was opened; empty when it was emptied."""
    if not text:
        return Content()
    parts = json.loads(text)
    cells, faults = (parts[7], parts[8]) if len(parts) > 7 else ({}, {})
    name, key, initials, id_number, phone, employer, remarks = parts[:7]
    sentences = {column: Text(*fault) for column, fault in faults.items()}
    return Content(name, key, initials, id_number, phone, employer, remarks, cells, sentences)


def names(text: str) -> tuple[str, str, str]:
    """Name, name key and initials alone, for the many rows of an apply."""
    name, key, initials, *_rest = json.loads(text)
    return name, key, initials
