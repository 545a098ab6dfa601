"""A table of wanted figures, answered line by line."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from niangjia.commons.ledger import indicators
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.periods import Period
from niangjia.reports import wanted
from niangjia.reports.models import Target
from niangjia.reports.tests import builders
from niangjia.reports.wanted import Result
from niangjia.services.joining.records import JOINED

HEAD = "id,row,body,period,indicator,qualifier,value,unit\n"
OWN_TABLE = Path("acceptance/figures.csv")


@pytest.fixture
def east(db):
    """District EAST, in which three couriers joined in 2022; its target for 2023 is five."""
    unions = builders.grow()
    for person, day in enumerate((date(2022, 1, 1), date(2022, 6, 1), date(2022, 12, 31)), 1):
        builders.book(unions[5], measure=JOINED, day=day, person_id=person, dims={"new_form": "yes"})
    Target.objects.create(union_id=unions[1], indicator="joined", year=2023, value=5)
    return unions[1]


def line(indicator="members joined", *, body="east", period="2022", qualifier="=", value="3", row="M2"):
    [read] = wanted.read([HEAD, f"F1,{row},{body},{period},{indicator},{qualifier},{value},persons"])
    return wanted.answer(read)


@pytest.mark.parametrize(
    ("qualifier", "value", "result"),
    [
        ("=", "3", Result.MET), ("=", "4", Result.NOT_MET), (">", "2", Result.MET), (">", "3", Result.NOT_MET),
        ("<", "4", Result.MET), ("<", "3", Result.NOT_MET), (">=", "3", Result.MET), (">=", "4", Result.NOT_MET),
        ("plan >", "2", Result.MET), ("about", "3", Result.NOT_REPORTABLE),
    ],
)  # fmt: skip
def test_a_line_is_met_as_its_qualifier_says(east, qualifier, value, result):
    found = line(qualifier=qualifier, value=value)
    assert (found.result, found.value) == (result, 3)
    assert found.asked == "niangjia report --union east --from 2022-01-01 --to 2022-12-31: joined"


def test_a_target_is_asked_of_the_targets(east):
    found = line("target members joined", period="2023", qualifier=">=", value="5")
    assert (found.result, found.value) == (Result.MET, 5)
    assert line("target members joined", period="2022", qualifier=">=", value="5").result is Result.NOT_MET


@pytest.mark.parametrize(
    "changes",
    [
        {"indicator": "something nobody counts"}, {"row": "M99"}, {"body": "nowhere"}, {"period": "recent years"},
        {"period": "2022 minimum"}, {"period": "2023/2022"},
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_not_reportable(east, changes):
    found = line(**changes)
    assert (found.result, found.value) == (Result.NOT_REPORTABLE, None)
    assert found.asked


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2022", "2022-01-01", "2022-12-31"), ("2023 plan", "2023-01-01", "2023-12-31"),
        ("2022-12-31", "2022-12-31", "2022-12-31"), ("2021-08/2022-12", "2021-08-01", "2022-12-31"),
        ("2023-01-09/15", "2023-01-09", "2023-01-15"), ("2023-01", "2023-01-01", "2023-01-31"),
    ],
)  # fmt: skip
def test_periods_are_read_as_they_are_written_in_tables(text, first, last):
    assert wanted.period_of(text) == Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text",
    ["", "id,row\n", HEAD + "F1,M2,east\n", HEAD + "F1,M2,east,2022,x,=,many,persons\n", HEAD + "F1,,,,,,NaN,\n"],
)
def test_a_table_that_cannot_be_read_names_the_line(text):
    with pytest.raises(RuleBroken, match="FIGURES_TABLE"):
        wanted.read(text.splitlines())


def test_every_line_of_our_own_table_is_answered_and_every_ask_belongs_to_one(east):
    lines = wanted.read(OWN_TABLE.read_text(encoding="utf-8").splitlines())
    out = StringIO()
    call_command("report", "--figures", str(OWN_TABLE), "--json", stdout=out)
    answers = json.loads(out.getvalue())["figures"]
    assert [each["id"] for each in answers] == [each.id for each in lines]
    assert {each["result"] for each in answers} <= set(Result)
    words = {(each.row, each.indicator) for each in lines}
    for asked, ask in wanted._asks().items():
        assert asked in words
        assert indicators.find(ask.get("code") or ask["target"]), ask


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("report", "--figures", str(tmp_path / "none.csv"), stdout=StringIO())
    with pytest.raises(CommandError, match="say --from and --to"):
        call_command("report", stdout=StringIO())
