"""Schemas become strict whoever wrote them."""

import contextlib
from datetime import date, datetime
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from niangjia.kernel.errors import Malformed
from niangjia.shells.api.strict import harden, read


class Kind(StrEnum):
    A = "a"


class Line(BaseModel):
    count: int = 1


class Example(BaseModel):
    text: str = Field("", max_length=4)
    number: int = Field(1, ge=1, le=2**31 - 1)
    maybe: int | None = None
    share: float = 0.5
    yes: bool = False
    day: date | None = None
    at: datetime | None = None
    kind: Kind = Kind.A
    lines: list[Line] = []
    table: dict[str, int] = {}


class Outer(BaseModel):
    payload: Example


harden(Outer)


@pytest.mark.parametrize(
    "value",
    [
        {"number": 2, "maybe": None, "yes": True, "kind": "a", "lines": [{"count": 3}], "table": {"x": 1}},
        {"day": "2026-02-28", "at": "2026-02-28T09:30:00+08:00"},
        {"at": "2026-02-28T09:30Z"},
    ],
)
def test_what_fits_is_taken(value):
    Outer.model_validate({"payload": value})


@pytest.mark.parametrize(
    "value",
    [
        {"number": "12"},
        {"number": 1.0},
        {"number": True},
        {"number": 2**31},
        {"number": 2**63},
        {"maybe": "4"},
        {"share": "0.5"},
        {"yes": 1},
        {"yes": "true"},
        {"text": 1},
        {"text": "12345"},
        {"day": "2026-02-30"},
        {"day": "2026-1-1"},
        {"day": "2026-01-01T00:00:00"},
        {"day": 0},
        {"day": "1700000000"},
        {"day": "２０２６-01-01"},
        {"at": "2026-01-01T00:00:00"},
        {"at": "2026-01-01T00:00:00+99:99"},
        {"at": 1700000000},
        {"kind": "A"},
        {"kind": "b"},
        {"lines": [{"count": "1"}]},
        {"lines": [{"other": 1}]},
        {"table": {"x": "1"}},
        {"other": 1},
    ],
)
def test_what_is_merely_similar_is_refused(value):
    with pytest.raises(ValidationError):
        Outer.model_validate({"payload": value})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=30,
)


@given(json_values)
def test_every_ordinary_value_is_read_as_it_was_written(value):
    import json

    assert read(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_and_never_break_anything(body):
    with contextlib.suppress(Malformed):
        read(body)
