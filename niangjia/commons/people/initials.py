"""The first letters of a Chinese name as a keyboard types them."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 50
_HAN = re.compile("[\u3400-\u9fff]")

_SURNAMES = {
    "万俟": "mq", "尉迟": "yc", "长孙": "zs", "单于": "cy", "澹台": "tt",
    "单": "s", "曾": "z", "仇": "q", "解": "x", "查": "z", "朴": "p", "盖": "g", "区": "o", "缪": "m", "翟": "z",
    "员": "y", "乐": "y", "任": "r", "华": "h", "召": "s", "秘": "b", "重": "c", "种": "c", "折": "s", "繁": "p",
    "覃": "q", "尹": "y", "燕": "y", "冼": "x", "应": "y", "葛": "g", "宁": "n", "石": "s", "俞": "y", "长": "c",
}  # fmt: skip
"""Surnames that are read differently from the common word."""


@lru_cache(maxsize=65536)
def _letters(rest: str) -> str:
    """Kept by what follows the surname, because given names repeat: a roster brings few that are new."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a third of a second, which most processes never need

    return "".join(lazy_pinyin(rest, style=Style.FIRST_LETTER, errors=_of_words))


def initials_of(name: str) -> str:
    """``单雄信`` gives ``sxx``; of a Latin name the words' first letters; unknown characters are left out."""
    head = next((surname for surname in (name[:2], name[:1]) if surname in _SURNAMES), "")
    first = _SURNAMES[head] if head else _letters(name[:1])
    found = (first + _letters(name[len(head) or 1 :].replace("·", " "))).lower() if _HAN.match(name) else _latin(name)
    return "".join(letter for letter in found if letter.isascii() and letter.isalpha())[:LONGEST]


def _latin(name: str) -> str:
    return _letters(name.replace("·", " ")).lower()


def _of_words(text: str) -> str:
    return "".join(word[:1] for word in text.split())
