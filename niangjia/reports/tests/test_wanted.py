"""A table of wanted figures, answered line by line."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F

from niangjia.commons.ledger import indicators, write
from niangjia.commons.ledger.write import Entry
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.periods import Period
from niangjia.platform.lifecycle.records import Record
from niangjia.reports import wanted
from niangjia.reports.models import Target
from niangjia.reports.tests import builders
from niangjia.reports.wanted import Result
from niangjia.services.joining.records import JOINED
from niangjia.services.offers.records import CATEGORIES, COLLECTED

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
    words = {(each.row, each.indicator, unit) for each in lines for unit in (each.unit, "")}
    for asked, ask in wanted._asks().items():
        assert asked in words
        assert all(indicators.find(code) for code in (ask.get("code") or ask["target"], *ask.get("and", []))), ask


YEARS = {"F29", "F30", "F31", "F32", "F79", "F80", "F81"}
"""The lines of our own table that stand here; docs/wanted-figures.md points at this test."""


@pytest.fixture
def years(db):
    """Changping, Haidian and Miyun with the years that the table speaks of, one record in bulk for each act."""
    unions = builders.grow()
    for pk, code in zip(unions[1:4], ("110114", "110108", "110118"), strict=True):
        Union.objects.filter(pk=pk).update(code=code)
    changping, haidian, miyun = unions[1:4]
    couriers = [_joined(changping, person, {"new_form": "yes"}) for person in range(1_702)]
    others = [_joined(changping, person, {"new_form": "no"}) for person in range(1_702, 11_968)]
    _book(couriers + others, "joining.application")
    opened = {"programme": "offers", "measure": CATEGORIES, "day": date(2023, 1, 9)}
    _book([Record(node_id=miyun, **opened) for _item in range(13)], "offers.campaign")
    handed = {"programme": "offers", "measure": COLLECTED, "day": date(2023, 1, 13)}
    _book([Record(node_id=miyun, person_id=person, **handed) for person in range(7_000)], "offers.reservation")
    for union, code, year, value in (
        (changping, "joined", 2023, 10_000), (changping, "joined_new_form", 2023, 1_500),
        (haidian, "offers_reserved_persons", 2023, 10_000),
    ):  # fmt: skip
        Target.objects.create(union_id=union, indicator=code, year=year, value=value)


def _joined(union, person, facts):
    return Record("joining", JOINED, union, person_id=person, day=date(2022, 6, 1), dims=facts)


def _book(found, source_type):
    with transaction.atomic():
        write.book([Entry(record, source_type, at) for at, record in enumerate(found)], at=clock.now())


def _results():
    lines = wanted.read(OWN_TABLE.read_text(encoding="utf-8").splitlines())
    return {line.id: wanted.answer(line).result for line in lines if wanted.ask_of(line) is not None}


def test_the_lines_that_stand_here_are_met_by_the_years_they_speak_of_and_not_without_a_record(years):
    results = _results()
    assert {line for line in YEARS if results[line] is Result.MET} == YEARS
    for source_type in ("joining.application", "offers.campaign", "offers.reservation"):
        with transaction.atomic():
            write.reverse(source_type, 1, at=clock.now())
    Target.objects.update(value=F("value") - 1)
    results = _results()
    assert {line for line in YEARS if results[line] is Result.NOT_MET} == YEARS


def test_a_row_without_indicators_says_why():
    assert "not a service" in wanted.why_not("M14")
    assert wanted.why_not("M99") == "no indicator of this installation answers it"


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("report", "--figures", str(tmp_path / "none.csv"), stdout=StringIO())
    with pytest.raises(CommandError, match="say --from and --to"):
        call_command("report", stdout=StringIO())
