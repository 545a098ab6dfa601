"""Identifiers that we give: unguessable ones for machines, readable ones with a check digit for people."""

from __future__ import annotations

import os
from functools import lru_cache

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_RANDOM_BYTES = 15
_SHIFTS = range(0, _RANDOM_BYTES * 8, 10)
PUBLIC_ID_LENGTH = 24

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def new_public_id() -> str:
    """A fresh identifier of 120 random bits, safe in a URL, telling nothing about order or number."""
    bits = int.from_bytes(os.urandom(_RANDOM_BYTES), "big")
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def new_public_ids(count: int) -> list[str]:
    """``count`` of :func:`new_public_id`, in a fraction of the time that it takes for as many."""
    threes, words = _threes(), memoryview(os.urandom(count * _WORDS * 2)).cast("H")
    letters = [threes[word & 0x7FFF] for word in words]
    return ["".join(letters[start : start + _WORDS]) for start in range(0, len(letters), _WORDS)]


_WORDS = 8
"""Times 15 bits are the 120 of one."""


@lru_cache(maxsize=1)
def _threes() -> list[str]:
    """What 15 bits are in letters."""
    return [pair + letter for pair in _PAIRS for letter in _ALPHABET]


def check_digit(digits: str) -> str:
    """The Damm digit of ``digits``: finds every single wrong digit and every swap of neighbours."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def readable_number(prefix: str, year: int, serial: int) -> str:
    """A number for people, such as ``RH2026-0000041-5``: kind, year, serial, check digit."""
    body = f"{year:04d}{serial:07d}"
    return f"{prefix}{body[:4]}-{body[4:]}-{check_digit(body)}"


def is_readable_number(number: str, prefix: str) -> bool:
    """Whether ``number`` is well formed, carries ``prefix`` and its check digit is right."""
    digits = number.removeprefix(prefix).replace("-", "")
    return (
        number.startswith(prefix)
        and digits.isascii()
        and digits.isdigit()
        and len(digits) == 12
        and (check_digit(digits[:-1]) == digits[-1])
    )
