"""Every number of docs/bad-inputs.md stands in a test: in its name (…_a42) or as the name of a row ("B07 …")."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_IN_A_NAME = re.compile(r"\bdef (test_\w+)")
_PART_OF_A_NAME = re.compile(r"_([a-z]\d\d)(?=_|$)")
_IN_A_ROW = re.compile(r"""["']([A-Z]\d\d)\b""")


def numbers_in_docs() -> list[str]:
    text = (ROOT / "docs" / "bad-inputs.md").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"\b[A-Z]\d\d\b", text)))


@pytest.fixture(scope="module")
def tested() -> set[str]:
    found: set[str] = set()
    for folder in ("niangjia", "tests"):
        for path in (ROOT / folder).rglob("test_*.py"):
            text = path.read_text(encoding="utf-8")
            found.update(_IN_A_ROW.findall(text))
            for name in _IN_A_NAME.findall(text):
                found.update(part.upper() for part in _PART_OF_A_NAME.findall(name))
    return found


def test_the_catalogue_is_whole():
    sections = {"A": 73, "B": 72, "C": 72, "D": 73, "E": 69}
    whole = [f"{letter}{n:02}" for letter, last in sections.items() for n in range(1, last + 1)]
    assert numbers_in_docs() == whole


def test_every_bad_input_is_tried_by_a_test(tested):
    assert [number for number in numbers_in_docs() if number not in tested] == []
