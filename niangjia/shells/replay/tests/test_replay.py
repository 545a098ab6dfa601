"""The years in small: everything goes the way of the full replay, and the report card tells what was played."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.indicators import find
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.models import Union
from niangjia.kernel.periods import Period
from niangjia.platform.notices.models import Message, Outgoing
from niangjia.reports.figures import figures
from niangjia.shells.replay import play, years
from niangjia.shells.replay.beside import beside

pytestmark = pytest.mark.django_db

Y2022 = Period(date(2022, 1, 1), date(2022, 12, 31))


@pytest.fixture
def small(monkeypatch):
    """Few people, a claim of each kind that matters, one payer of each programme."""
    monkeypatch.setattr(years, "RENEWED", 40)
    monkeypatch.setattr(years, "NEW", 10)
    monkeypatch.setattr(years, "GENERAL_ENROLLED", 20)
    wanted = [("accident", 2022), ("child_accident", 2022), ("home_loss", 2021), ("hospital_stay", 2022)]
    few = [
        years.Events(**{**vars(one), "count": 1})
        for one in years.CLAIMS
        if (one.cover, one.first.year) in wanted and (one.cover != "accident" or one.grade == "10")
    ]
    monkeypatch.setattr(years, "CLAIMS", few)
    monkeypatch.setattr(years, "CONDOLENCES", [years.Condolences(1, 1_250_00, date(2022, 6, 6), "injury")])
    small = [years.Settlements("free", 1, 20, 300_00), years.Settlements("general", 1, 23, 200_00)]
    monkeypatch.setattr(years, "SETTLEMENTS", small)


def figure(union, code, period=Y2022):
    indicator = find(code)
    return indicator.unit.number(figures(union.pk, [period], [indicator])[indicator.code, period].value)


def test_the_card_tells_what_was_played(small):
    said = []
    play.play(lambda *told: said.append(told))
    city, district = (Union.objects.get(code=code) for code in ("110000", years.DISTRICT))
    told = {
        code: figure(city, code)
        for code in (
            "free_enrolled", "free_enrolled_renewed", "free_enrolled_new", "free_claims", "free_claims_yuan",
            "free_condolences", "free_condolences_yuan", "free_highest", "reimbursed_free", "reimbursed_free_yuan",
        )
    }  # fmt: skip
    assert told == {
        "free_enrolled": 50,
        "free_enrolled_renewed": 40,
        "free_enrolled_new": 10,
        "free_claims": 2,
        "free_claims_yuan": 6_750,
        "free_condolences": 1,
        "free_condolences_yuan": 1_250,
        "free_highest": 115_000,
        "reimbursed_free": 20,
        "reimbursed_free_yuan": 2_950,
    }
    assert figure(district, "group_enrolled") == 20
    assert figure(district, "group_claims") == 1
    assert figure(district, "reimbursed_general") == 20
    assert figure(city, "free_claims", Period(date(2021, 8, 1), date(2021, 12, 31))) == 1
    assert not Outgoing.objects.exists()
    assert not Message.objects.exists()
    with pytest.raises(CommandError, match="从头再演"):
        call_command("replay_year", verbosity=0)
    assert [what for what, *_rest in said][-2:] == ["reimbursements, general", "report card"]
    assert play.played() == {
        "members": 70,
        "enrolments": 110,
        "claims paid": 4,
        "condolences paid": 1,
        "reimbursements paid, free": 20,
        "reimbursements paid, general": 20,
    }
    assert not check_books()


def test_it_refuses_a_database_that_holds_unions(small):
    unions.small_tree()
    with pytest.raises(CommandError, match="空"):
        call_command("replay_year")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_parts_play_at_once_over_connections_of_their_own(small):
    said = []
    play.play(lambda *told: said.append(told))
    assert not [what for what, *_rest in said if what.startswith("reimbursements")]  # said in the other process
    told = play.played()
    assert (told["claims paid"], told["condolences paid"]) == (4, 1)
    assert (told["reimbursements paid, free"], told["reimbursements paid, general"]) == (20, 20)
    assert not check_books()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_part_that_fails_beside_another_is_told():
    def fail():
        raise ValueError("planted")

    with pytest.raises(RuntimeError, match="beside ended with 1"), beside(fail):
        assert Union.objects.count() == 0
