"""A frozen period is shown as it was said; corrections stand beside it with their reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.ledger import units
from niangjia.commons.ledger.indicators import Kind, Part
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind, Grant
from niangjia.kernel.errors import Conflict, NotAllowed, NotFound, RuleBroken
from niangjia.kernel.periods import Period
from niangjia.platform.audit.models import AuditEntry
from niangjia.reports import freezing, pages, wanted
from niangjia.reports.card import card, said
from niangjia.reports.models import FrozenFigure, Restatement, Target
from niangjia.reports.tests.builders import book, declared, grow, indicator
from niangjia.reports.wanted import Wanted, period_of

FEBRUARY, YEAR = Period.month(2022, 2), Period.year(2022)
CITY, EAST, WEST, STREET_1, STREET_2, PRIMARY_1, PRIMARY_2 = range(7)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.travelling(date(2022, 3, 10)), declared(indicator("x"), indicator("z", smallest_cell=5)):
        yield


@pytest.fixture
def unions() -> list[int]:
    return grow()


def officer(place: int, role: str = Role.UNION_OFFICER) -> Actor:
    return Actor(ActorKind.STAFF, grants=(Grant(role, place, tree.path_of(place)),))


def booked(union: int, number: int, day: date = date(2022, 2, 3)) -> None:
    for source in range(number):
        book(union, day=day, source_id=source)


def lines(union: int, period: Period = FEBRUARY) -> dict[str, object]:
    return {line.indicator.code: line for line in said(Union.objects.get(pk=union), period).lines}


def freeze(union: int) -> list[FrozenFigure]:
    return freezing.freeze(actor=officer(union), union_id=union, period=FEBRUARY, reason="月报定稿")


def test_a_frozen_figure_stays_as_it_was_said_and_the_correction_stands_beside_it(unions: list[int]) -> None:
    booked(unions[PRIMARY_1], 10)
    rows = freeze(unions[EAST])
    assert {row.indicator: row.value for row in rows} == {"x": 10, "z": 10}
    booked(unions[PRIMARY_2], 7)
    line = lines(unions[EAST])["x"]
    assert (line.this.value, line.now.value, line.differs) == (10, 17, True)
    freezing.restate(actor=officer(unions[CITY]), public_id=line.frozen.public_id, reason="补录一批")
    line = lines(unions[EAST])["x"]
    assert (line.this.value, line.frozen.latest.figure.value, line.differs) == (10, 17, False)
    assert [str(note) for note in pages.notes(line)] == ["2022-03-10 更正为 17：补录一批"]
    trail = AuditEntry.objects.filter(action="reports.restated")
    assert [(one.before, one.after, one.reason) for one in trail] == [("10", "17", "补录一批")]


def test_the_next_period_is_compared_with_what_was_said(unions: list[int]) -> None:
    booked(unions[PRIMARY_1], 10)
    freeze(unions[EAST])
    booked(unions[PRIMARY_1], 5)
    assert lines(unions[EAST], Period.month(2022, 3))["x"].last.value == 10
    assert card(Union.objects.get(pk=unions[EAST]), FEBRUARY).lines[0].this.value == 15


def test_a_period_is_frozen_once_for_each_definition(unions: list[int]) -> None:
    freeze(unions[EAST])
    with pytest.raises(Conflict, match="FREEZE_ALREADY"):
        freeze(unions[EAST])
    assert len(freeze(unions[WEST])) == 2
    with declared(indicator("x", version=2)):
        assert [row.version for row in freeze(unions[EAST])] == [2]
    row = FrozenFigure.objects.filter(union_id=unions[EAST]).order_by("pk")[0]
    row.pk, row.public_id = None, "another"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_what_came_between_look_and_write_is_the_same_refusal(
    unions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(unions[EAST])
    everything = freezing.indicators.all_indicators()
    monkeypatch.setattr(freezing, "_not_yet_frozen", lambda *_asked: list(everything))
    with pytest.raises(Conflict, match="FREEZE_ALREADY"):
        freeze(unions[EAST])


def test_nobody_changes_what_was_frozen(unions: list[int]) -> None:
    freeze(unions[EAST])
    with pytest.raises(Exception, match=r"never changed|append"), transaction.atomic():
        FrozenFigure.objects.update(value=99)
    with pytest.raises(Exception, match=r"never changed|append"), transaction.atomic():
        FrozenFigure.objects.all().delete()


@pytest.mark.parametrize(
    ("period", "reason", "code"),
    [(Period.month(2022, 3), "月报定稿", "FREEZE_RUNNING"), (FEBRUARY, " 一 ", "FREEZE_REASON")],
)
def test_a_running_period_and_no_reason_are_refused(unions: list[int], period: Period, reason: str, code: str) -> None:
    with pytest.raises(RuleBroken, match=code):
        freezing.freeze(actor=officer(unions[EAST]), union_id=unions[EAST], period=period, reason=reason)
    assert not FrozenFigure.objects.exists()


def test_who_may_not_freeze_or_restate(unions: list[int]) -> None:
    figure = freeze(unions[EAST])[0]
    booked(unions[PRIMARY_1], 1)
    for actor, error in (
        (officer(unions[WEST]), NotFound),
        (officer(unions[EAST], Role.REVIEWER), NotAllowed),
        (officer(unions[EAST], Role.SITE_KEEPER), NotFound),
        (Actor.anonymous(), NotFound),
    ):
        with pytest.raises((error, NotAllowed)):
            freezing.freeze(actor=actor, union_id=unions[EAST], period=Period.month(2022, 1), reason="月报定稿")
        with pytest.raises((error, NotAllowed)):
            freezing.restate(actor=actor, public_id=figure.public_id, reason="补录一批")
    assert not Restatement.objects.exists()


def test_what_did_not_change_is_not_restated(unions: list[int]) -> None:
    figure = freeze(unions[EAST])[0]
    with pytest.raises(Conflict, match="RESTATE_SAME"):
        freezing.restate(actor=officer(unions[EAST]), public_id=figure.public_id, reason="补录一批")
    with pytest.raises(NotFound):
        freezing.restate(actor=officer(unions[EAST]), public_id="nosuchfigure", reason="补录一批")


def test_small_numbers_stay_hidden_in_frozen_figures_and_in_what_lies_between(unions: list[int]) -> None:
    booked(unions[PRIMARY_1], 3)
    booked(unions[PRIMARY_2], 20)
    freeze(unions[STREET_1])
    freeze(unions[STREET_2])
    freeze(unions[EAST])
    booked(unions[PRIMARY_1], 9)
    hidden = {place: lines(unions[place])["z"].this.hidden for place in (STREET_1, STREET_2, EAST)}
    assert hidden == {STREET_1: True, STREET_2: True, EAST: False}
    booked(unions[PRIMARY_2], 2)
    freeze(unions[CITY])
    booked(unions[WEST], 2)
    line = lines(unions[CITY])["z"]
    assert (line.this.value, line.now.hidden, line.differs) == (34, True, True)
    freezing.restate(actor=officer(unions[CITY]), public_id=line.frozen.public_id, reason="补录两人")
    assert lines(unions[CITY])["z"].frozen.latest.figure.hidden


def test_a_target_is_judged_by_what_was_said(unions: list[int]) -> None:
    booked(unions[PRIMARY_1], 10, date(2021, 2, 3))
    Target.objects.create(union_id=unions[EAST], indicator="x", year=2021, value=12)
    year = Period.year(2021)
    freezing.freeze(actor=officer(unions[EAST]), union_id=unions[EAST], period=year, reason="年报定稿")
    booked(unions[PRIMARY_1], 10, date(2021, 2, 3))
    assert lines(unions[EAST], year)["x"].target.met is False


def test_what_must_be_kept_all_year_is_judged_by_its_worst_month(
    unions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for month, done, all_of in ((1, 9, 10), (2, 5, 10), (3, 10, 10)):
        for number in range(all_of):
            dims = {"in_time": "yes" if number < done else "no"}
            book(unions[PRIMARY_1], dims=dims, day=date(2022, month, 3), source_id=number)
    rate = indicator(
        "rate",
        Kind.RATE,
        unit=units.PERCENT,
        numerator=Part("test.joined", dims={"in_time": "yes"}),
        denominator=Part("test.joined"),
        kept_all_year=True,
    )
    Target.objects.create(union_id=unions[EAST], indicator="rate", year=2022, value=8000)

    def asked(period: str) -> object:
        monkeypatch.setattr(wanted, "_asks", lambda: {("R", "rate", ""): {"code": "rate"}})
        return wanted.answer(Wanted("F", "R", "east", period, "rate", ">=", "92", "percent")).value

    with declared(rate):
        line = lines(unions[EAST], YEAR)["rate"]
        assert (line.this.value, line.low.value, line.high.value) == (8000, 5000, 10000)
        assert line.target.met is False
        assert lines(unions[EAST])["rate"].low is None
        assert {words: asked(words) for words in ("2022", "2022 minimum", "2022 maximum")} == {
            "2022": 80,
            "2022 minimum": 50,
            "2022 maximum": 100,
        }
    assert [str(note) for note in pages.notes(line)] == ["全年最低 50.00，最高 100.00"]


def test_the_words_minimum_and_maximum_belong_to_a_year() -> None:
    assert period_of("2022 minimum") == period_of("2022 maximum") == YEAR
    assert period_of("2022-03 minimum") is None
    assert period_of("2022 average") is None
