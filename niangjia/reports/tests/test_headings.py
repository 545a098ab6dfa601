"""Every figure of the house stands under a heading of the card."""

from __future__ import annotations

from niangjia.commons.ledger import indicators


def test_every_figure_of_the_house_has_a_heading() -> None:
    found = indicators.all_indicators()
    assert len(found) > 40
    assert [one.code for one in found if one.programme is None] == []
