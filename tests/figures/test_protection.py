"""The figures of the room by plan, cover and category, and the loss ratio by what was due and by what came in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from niangjia.commons.ledger import indicators
from niangjia.commons.payments import testing as payments
from niangjia.kernel import clock
from niangjia.kernel.periods import Period
from niangjia.platform.testing.clients import staff_client
from niangjia.reports import drill, parting
from niangjia.reports.figures import figures
from niangjia.services.protection import actions, testing, testing_lists
from niangjia.services.protection.purchases import testing as buying
from niangjia.services.protection.states import ClaimState
from niangjia.services.protection.tests.conftest import world as world


def now():
    return Period.year(clock.today().year)


def pieces(world, code):
    found = parting.partings(world.city, now(), indicators.find(code))
    return {str(one.label): {str(piece.name): piece.value for piece in one.pieces} for one in found}


@pytest.fixture
def paid(world):
    """Four homes damaged and three accidents, all paid."""
    hands = {"unit": world.unit, "agency": world.agency, "office": world.office, "second": world.other_office}
    for number in range(4):
        member = testing.an_insured(world.second, world.firm, number + 1)
        for cover in ("home_loss", "accident")[: 2 if number else 1]:
            day = clock.today() - timedelta(days=10)
            claim = testing.a_claim(world.plan, member, cover, event_day=day)
            testing.through_to(ClaimState.PAID, claim, **hands)


def test_claims_are_told_by_plan_cover_and_category(world, paid):
    claims, sums = pieces(world, "free_claims"), pieces(world, "free_claims_yuan")

    assert claims["保障方案"] == {"六送保障": 7}
    assert claims["保障项目"] == {"家财损失": 4, "意外伤害": 3}
    assert sum(sums["保障项目"].values()) == sum(sums["保障方案"].values()) > 0
    assert list(claims["职业类别"].values()) == [7]


def test_enrolments_open_to_masked_names_within_reach(world, paid):
    found = drill.records(world.unit, world.firm, now(), indicators.find("free_enrolled"))
    stranger = drill.records(world.agent, world.firm, now(), indicators.find("free_enrolled"))

    assert len(found.page.rows) == 4
    assert all("*" in record.title for record in found.page.rows)
    assert stranger.page.rows == []
    assert pieces(world, "free_enrolled")["保障方案"] == {"六送保障": 4}


def test_the_page_of_a_figure_shows_its_pieces(world, paid):
    page = staff_client(world.office).get(f"/console/report/{world.city.public_id}/free_claims/").content.decode()

    assert "按保障项目" in page
    assert "家财损失" in page


def test_the_loss_ratio_is_said_by_what_was_due_and_by_what_came_in(world):
    testing_lists.members(world.firm, 3)
    preparer, releaser = payments.finance(world.city)
    bought = buying.ordered(buying.a_group_plan(world.city), world.firm, world.unit)
    actions.invoice_purchase(public_id=bought.public_id, actor=preparer)
    buying.received(bought, 120_00, "BANK-0001", preparer, releaser)
    codes = ("group_loss_ratio", "group_loss_ratio_received", "group_premium_yuan")
    wanted = [indicators.find(code) for code in codes]
    found = {code: figure for (code, _period), figure in figures(world.city.pk, [now()], wanted).items()}

    assert found["group_premium_yuan"].value == 120_00
    assert (found["group_loss_ratio_received"].numerator, found["group_loss_ratio_received"].denominator) == (0, 120_00)
    assert found["group_loss_ratio"].denominator == 0
    opened = drill.records(preparer, world.city, now(), indicators.find("group_premium_yuan"))
    assert [(record.fen, record.title) for record in opened.page.rows] == [(120_00, bought.title)]
