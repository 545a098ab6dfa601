"""Which values fit which schema."""

from __future__ import annotations

from decimal import Decimal

import pytest

from niangjia.commons.parameters.schemas import Limits, problems

CHOICES = Limits(choices=("grassroots", "street"))


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("int", -5),
        ("days", 0),
        ("working_days", 15),
        ("months", 1200),
        ("fen", 132_350_000),
        ("rate", "0.05"),
        ("rate", "1"),
        ("bool", False),
        ("text", "按规定"),
        ("list", []),
        ("list", ["甲", "乙"]),
    ],
)
def test_these_fit(schema, value):
    assert problems(schema, Limits(), value) == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("int", "5"),
        ("int", True),
        ("int", 5.0),
        ("int", 2**60),
        ("days", -1),
        ("days", 36_601),
        ("months", 1201),
        ("fen", -1),
        ("fen", 0.5),
        ("rate", 0.05),
        ("rate", "1.01"),
        ("rate", "-0.1"),
        ("rate", "NaN"),
        ("rate", "Infinity"),
        ("rate", "五"),
        ("bool", 1),
        ("bool", "true"),
        ("text", ""),
        ("text", " "),
        ("text", "a\x00"),
        ("text", "字" * 501),
        ("list", "甲"),
        ("list", [1]),
        ("list", [""]),
        ("list", ["甲", "甲"]),
        ("list", [str(n) for n in range(101)]),
        ("choice", "street"),
    ],
)
def test_these_do_not_and_a_sentence_says_so(schema, value):
    (problem,) = problems(schema, Limits(), value)
    assert str(problem).endswith("。")


def test_choices_bound_a_choice_and_the_items_of_a_list():
    assert problems("choice", CHOICES, "street") == []
    assert problems("choice", CHOICES, "district") != []
    assert problems("list", CHOICES, ["grassroots", "street"]) == []
    assert "district" in str(problems("list", CHOICES, ["street", "district"])[0])


def test_bounds_are_said_in_the_sentence():
    (problem,) = problems("days", Limits(least=1, greatest=60), 61)
    assert str(problem) == "应在 1 到 60 之间。"
    assert problems("rate", Limits(greatest=Decimal(5)), "4.5") == []
