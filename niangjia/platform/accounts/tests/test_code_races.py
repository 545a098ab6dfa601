"""Guesses and confirmations at the same moment, over many connections."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db.models import F

from niangjia.kernel.errors import DomainError, RuleBroken, TooMany
from niangjia.platform.accounts import codes, phone_sign_in
from niangjia.platform.accounts.models import Code, Session, User
from niangjia.platform.accounts.tests.conftest import ADDRESS, PHONE, Phones
from niangjia.platform.testing.races import Outcome, at_once, two_connections

WORKERS, GUESSES = 20, 200


def _guess(code: str) -> str:
    try:
        phone_sign_in.confirm(phone=PHONE, code=code, binding="b1", address=ADDRESS)
    except DomainError as error:
        return error.code
    return "signed in"


def _storm(right: str) -> Counter[str]:
    """Two hundred wrong guesses over twenty connections, all begun together; what came of them."""
    wrong = [f"{(int(right) + 1 + offset) % 1_000_000:06d}" for offset in range(GUESSES)]

    def worker(part: list[str]) -> Callable[[], list[str]]:
        return lambda: [_guess(code) for code in part]

    outcomes = at_once([worker(wrong[number::WORKERS]) for number in range(WORKERS)])
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return Counter(code for outcome in outcomes for code in outcome.value)


@pytest.fixture
def right(transactional_db: None, sms: Phones, settings) -> str:
    settings.CODE_GUESSES_PER_ADDRESS = 100_000
    phone_sign_in.request_code(phone=PHONE, binding="b1", address=ADDRESS)
    return sms.last()


@pytest.mark.postgresql
def test_without_the_guard_more_than_five_of_two_hundred_guesses_are_judged(
    right: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_have_read, first_guess = threading.Barrier(WORKERS), threading.local()

    def read_then_write(row: Code) -> None:
        row.refresh_from_db()
        if not hasattr(first_guess, "made"):
            first_guess.made = True
            all_have_read.wait(30)
        if row.guesses >= 5:
            raise TooMany("TOO_MANY", codes.errors.CODE_FORMAT, retry_after=1)
        row.guesses += 1
        row.save(update_fields=["guesses"])

    monkeypatch.setattr(codes, "_count_guess", read_then_write)
    assert _storm(right)["OTP_WRONG"] >= WORKERS


@pytest.mark.postgresql
def test_of_two_hundred_guesses_at_once_exactly_five_are_judged_a44(right: str) -> None:
    assert _storm(right) == {"OTP_WRONG": 5, "TOO_MANY": GUESSES - 5}
    assert Code.objects.get().guesses == 5
    assert _guess(right) == "TOO_MANY"


@pytest.mark.postgresql
def test_without_the_guard_a_code_serves_twice(right: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "_use_up", lambda row: True)
    outcomes = two_connections(lambda: _guess(right), lambda: _guess(right))
    assert [outcome.value for outcome in outcomes] == ["signed in", "signed in"]


def test_of_two_confirmations_at_once_one_signs_in(right: str) -> None:
    outcomes = two_connections(lambda: _guess(right), lambda: _guess(right))
    assert sorted(_values(outcomes)) == ["OTP_EXPIRED", "signed in"]
    assert Session.objects.count() == 1


def test_two_browsers_that_confirm_a_new_phone_at_once_share_one_account(right: str, sms: Phones, settings) -> None:
    settings.CODES_PER_MINUTE = 2
    phone_sign_in.request_code(phone=PHONE, binding="b2", address=ADDRESS)
    second = sms.last()

    def other() -> Session:
        return phone_sign_in.confirm(phone=PHONE, code=second, binding="b2", address=ADDRESS)[0]

    def first() -> Session:
        return phone_sign_in.confirm(phone=PHONE, code=right, binding="b1", address=ADDRESS)[0]

    assert all(outcome.ok for outcome in two_connections(first, other))
    assert User.objects.count() == 1
    assert Session.objects.count() == 2


def test_a_guess_stays_counted_when_its_caller_fails_afterwards(right: str) -> None:
    with pytest.raises(RuleBroken):
        codes.verify(
            phone=PHONE, code=f"{(int(right) + 1) % 1_000_000:06d}", purpose="sign_in", binding="b1", address=ADDRESS
        )
    assert Code.objects.filter(guesses=F("guesses"), guesses__gte=1).exists()


def _values(outcomes: tuple[Outcome, Outcome]) -> list[str]:
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return [outcome.value for outcome in outcomes]
