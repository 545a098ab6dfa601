"""Text that is shown to people, marked for translation where no Django may be imported.

The source language is Chinese. ``_("至少 {n} 个字", n=2)`` keeps the message and its values apart, so that the
reader's language is chosen when the text is shown, not when it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_translate: Callable[[str], str] = str


def set_translator(translate: Callable[[str], str]) -> None:
    """Install the function that turns a Chinese message into the reader's language."""
    global _translate
    _translate = translate


@dataclass(frozen=True)
class Text:
    """A message with its values; ``str()`` gives it in the reader's language."""

    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        translated = _translate(self.message)
        return translated.format(**self.values) if self.values else translated

    def __hash__(self) -> int:
        return hash((self.message, tuple(sorted((key, str(value)) for key, value in self.values.items()))))


def text(message: str, /, **values: Any) -> Text:
    """Mark ``message`` for translation and bind its named values."""
    return Text(message, values)


_ = text


@dataclass(frozen=True)
class Listed:
    """Words in a row, each in the reader's language, with the mark that this language puts between them."""

    parts: tuple[Text | str, ...]

    def __str__(self) -> str:
        return str(_MARK).join(str(part) for part in self.parts)


_MARK = _("、")
