from datetime import date

import pytest

from niangjia.commons.people.cards import rules
from niangjia.kernel.errors import Conflict, RuleBroken

DAY = date(2026, 3, 4)
OPEN = {"valid_until": None, "today": DAY}


def refusal(function, *given, **more):
    with pytest.raises((Conflict, RuleBroken)) as refused:
        function(*given, **more)
    return refused.value


def test_an_active_card_counts_until_its_last_day_included():
    rules.require_in_force("active", DAY, valid_until=None, today=DAY)
    rules.require_in_force("active", DAY, valid_until=DAY, today=DAY)
    assert (
        refusal(rules.require_in_force, "active", DAY, valid_until=date(2026, 3, 3), today=DAY).code == "CARD_RUN_OUT"
    )


@pytest.mark.parametrize(
    ("state", "code"), [("blocked", "CARD_BLOCKED"), ("replaced", "CARD_REPLACED"), ("closed", "CARD_CLOSED")]
)
def test_every_other_state_is_refused_with_its_day(state, code):
    refused = refusal(rules.require_in_force, state, DAY, **OPEN)
    assert (refused.code, refused.status) == (code, 409)
    assert "2026-03-04" in str(refused.message)


def test_three_replacements_in_thirty_days_are_enough():
    rules.require_not_too_often(2)
    assert refusal(rules.require_not_too_often, 3).code == "CARD_TOO_OFTEN"


def test_a_bank_is_known_by_twelve_digits():
    assert rules.bank_code(" 1021 0000 0012 ") == "102100000012"


@pytest.mark.parametrize("value", ["", "1", "10210000001", "1021000000123", "10210000001x", "１０２１００００００１２"])
def test_what_is_no_bank_code_is_refused(value):
    refused = refusal(rules.bank_code, value)
    assert (refused.code, list(refused.fields)) == ("BANK_CODE", ["bank_code"])


def test_of_a_bank_card_only_the_tail_is_taken():
    assert rules.bank_card_tail(" 0421 ") == "0421"


@pytest.mark.parametrize("value", ["", "042", "04215", "6222020200112230421", "042x", "٠٤٢١"])
def test_a_whole_bank_card_number_is_refused(value):
    assert refusal(rules.bank_card_tail, value).code == "BANK_CARD_TAIL"


def test_a_bank_is_noted_between_the_cards_issue_and_today():
    rules.require_day_of_co_branding(DAY, issued_on=DAY, today=DAY)
    for day, code in [(date(2026, 3, 5), "DAY_IN_FUTURE"), (date(2026, 3, 3), "DAY_TOO_EARLY")]:
        assert refusal(rules.require_day_of_co_branding, day, issued_on=DAY, today=DAY).code == code
