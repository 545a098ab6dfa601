"""What people type, brought to one form before it is judged."""

from __future__ import annotations

import unicodedata
from typing import Any

CODE_DIGITS = 6
NAME_LENGTH = 100
_TYPED_LIMIT = 64


def six_digits(typed: Any) -> str | None:
    """The six digits somebody typed, full-width ones and spaces allowed; None when it is anything else."""
    if not isinstance(typed, str) or len(typed) > _TYPED_LIMIT:
        return None
    plain = "".join(unicodedata.normalize("NFKC", typed).split())
    return plain if len(plain) == CODE_DIGITS and plain.isascii() and plain.isdigit() else None


def sign_in_name(typed: Any) -> str:
    """A staff name in the form in which it is stored; empty when it can be nobody's."""
    if not isinstance(typed, str) or len(typed) > NAME_LENGTH:
        return ""
    plain = unicodedata.normalize("NFKC", typed).strip().casefold()
    return plain if plain.isprintable() and len(plain) <= NAME_LENGTH else ""


def is_encodable(typed: str) -> bool:
    """Whether the text has no lone surrogates, which neither a hash nor a database takes."""
    return not any(0xD800 <= ord(letter) <= 0xDFFF for letter in typed)
