"""What a row that is given back said, in the form in which it is sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from niangjia.kernel.text import Text


@dataclass(slots=True)
class Content:
    """``cells`` are as written, by column; ``faults`` the sentence beside each bad column ("" for the whole row)."""

    cells: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, Text] = field(default_factory=dict)


def written(content: Content) -> str:
    """The content as text to be sealed."""
    faults = {key: [text.message, {n: str(v) for n, v in text.values.items()}] for key, text in content.faults.items()}
    return json.dumps([dict(content.cells), faults], ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Content:
    """The content of a sealed text that was opened; empty for a row that holds none."""
    if not text:
        return Content()
    cells, faults = json.loads(text)
    return Content(cells, {key: Text(*fault) for key, fault in faults.items()})
