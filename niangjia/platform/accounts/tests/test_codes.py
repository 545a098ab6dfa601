"""Codes by SMS: every way in which they may be refused, and that nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from niangjia.kernel.errors import DomainError, Gone, RuleBroken, TooMany, Unavailable
from niangjia.kernel.identifiers import invented_phone
from niangjia.kernel.text import _
from niangjia.platform.accounts import codes, phone_sign_in, senders, sessions, tries, users
from niangjia.platform.accounts.models import Code, Session, User
from niangjia.platform.accounts.tests.conftest import ADDRESS, OTHER_PHONE, PHONE, Phones
from niangjia.platform.testing.plugin import Clock
from niangjia.platform.testing.sql_counts import statements

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "sms")]

BAD_PHONES = {
    "A01": "",
    "A02": "   ",
    "A03": "1381234567",
    "A04": "138123456789",
    "A05": "23812345678",
    "A06": "12345678901",
    "A07": "1381234567a",
    "A08": "010-62345678",
    "A09": "12351",
    "A10": "١٣٨١٢٣٤٥٦٧٨",
    "A11": "1.38e10",
    "A12": "-13812345678",
    "A13": "13812\u200d345678",
    "A14": "\u200f13812345678",
    "A15": "13812345678\x00",
    "A16": "1381234567\ud800",
    "A17": "1" * 5000,
    "A18": "13812345678,13912345678",
    "A18 as a list": ["13812345678", "13912345678"],
    "A19": '{"$ne":null}',
    "A19 as an object": {"$ne": None},
    "A20": None,
    "a number": 13812345678,
}
GOOD_PHONES = {
    "A21": "+8613812345678",
    "A22": "0086 138 1234 5678",
    "A23": "138-1234-5678",
    "A24": "１３８１２３４５６７８",
    "A25": "\ufeff13812345678",
}
BAD_CODES = {
    "A27": "",
    "A28": "12345",
    "A29": "1234567",
    "A30": "abcdef",
    "A31": None,
    "A32": 12345,
    "A32 with six digits": 123456,
    "A33": ["123456"],
    "Arabic digits": "١٢٣٤٥٦",
    "a surrogate": "12345\ud800",
    "NUL": "12345\x00",
    "very long": "1" * 5000,
    "superscripts fold to digits of another number": "½23456",
}


def ask(phone: Any = PHONE, *, purpose: str = "sign_in", binding: str = "b1", address: str = ADDRESS) -> codes.CodeSent:
    return phone_sign_in.request_code(phone=phone, purpose=purpose, binding=binding, address=address)


def confirm(
    code: Any, phone: Any = PHONE, *, purpose: str = "sign_in", binding: str = "b1", address: str = ADDRESS
) -> tuple[Session, str]:
    return phone_sign_in.confirm(phone=phone, code=code, purpose=purpose, binding=binding, address=address)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.parametrize("phone", BAD_PHONES.values(), ids=BAD_PHONES.keys())
def test_what_is_no_mobile_phone_gets_no_code_and_no_guess(phone: Any, sms: Phones) -> None:
    for attempt in (lambda: ask(phone), lambda: confirm("123456", phone)):
        with pytest.raises(RuleBroken) as refused:
            attempt()
        assert refused.value.code == "PHONE_FORMAT"
        assert "phone" in refused.value.fields
    assert (sms.sent, Code.objects.count()) == ([], 0)


@pytest.mark.parametrize("phone", GOOD_PHONES.values(), ids=GOOD_PHONES.keys())
def test_every_spelling_of_a_phone_leads_to_one_account(phone: str, sms: Phones, clock: Clock) -> None:
    ask()
    first, _token = confirm(sms.last())
    clock.forward(seconds=61)
    ask(phone)
    second, _token = confirm(sms.last(), phone)
    assert first.user_id == second.user_id
    assert User.objects.get().phone == PHONE


def test_a_virtual_operators_phone_is_a_phone_a26(sms: Phones) -> None:
    ask("17012345678")
    assert confirm(sms.last("17012345678"), "17012345678")[0].is_member


@pytest.mark.parametrize("code", BAD_CODES.values(), ids=BAD_CODES.keys())
def test_what_is_not_six_digits_is_not_a_guess(code: Any, sms: Phones) -> None:
    ask()
    with pytest.raises(RuleBroken) as refused:
        confirm(code)
    assert refused.value.code == "OTP_FORMAT"
    assert "code" in refused.value.fields
    assert Code.objects.get().guesses == 0


@pytest.mark.parametrize("spelling", ["{0}", " {0} ", "{0:.3} {1}"])
def test_a_code_may_be_typed_with_spaces(spelling: str, sms: Phones) -> None:
    ask()
    code = sms.last()
    assert confirm(spelling.format(code, code[3:]))[0].is_member


def test_full_width_digits_are_digits(sms: Phones) -> None:
    ask()
    wide = sms.last().translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    assert confirm(wide)[0].is_member


def test_a_wrong_code_says_how_many_guesses_are_left_a34(sms: Phones) -> None:
    ask()
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(RuleBroken) as refused:
            confirm(wrong(sms.last()))
        assert refused.value.code == "OTP_WRONG"
        assert f"还可尝试{left}次" in str(refused.value.message)


def test_the_code_that_looks_like_nothing_is_wrong_a35(sms: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes.tokens, "new_code", lambda: "135790")
    ask()
    assert code_of_refusal("000000") == "OTP_WRONG"


def test_another_phones_code_is_wrong_a36(sms: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = iter(["111111", "222222"])
    monkeypatch.setattr(codes.tokens, "new_code", lambda: next(fixed))
    ask(PHONE)
    ask(OTHER_PHONE)
    assert code_of_refusal(sms.last(OTHER_PHONE), PHONE) == "OTP_WRONG"


def test_a_code_asked_for_in_another_browser_is_wrong_here_and_costs_it_no_guess_a37(sms: Phones) -> None:
    ask(binding="b1")
    for _guess in range(5):
        assert code_of_refusal(sms.last(), binding="b2") == "OTP_WRONG"
    assert code_of_refusal(sms.last(), binding="b2") == "TOO_MANY"
    assert confirm(sms.last(), binding="b1")[0].is_member


def test_a_code_for_another_purpose_is_wrong_a38(sms: Phones) -> None:
    ask(purpose="joining")
    assert code_of_refusal(sms.last()) == "OTP_WRONG"


@pytest.mark.parametrize(("seconds", "good"), [(300, True), (301, False)])
def test_a_code_lives_five_minutes_a39(seconds: int, good: bool, sms: Phones, clock: Clock) -> None:
    ask()
    clock.forward(seconds=seconds)
    if good:
        assert confirm(sms.last())[0].is_member
    else:
        assert code_of_refusal(sms.last()) == "OTP_EXPIRED"


def test_a_code_serves_once_a40(sms: Phones) -> None:
    ask()
    confirm(sms.last())
    assert code_of_refusal(sms.last()) == "OTP_EXPIRED"
    assert Session.objects.count() == 1


def test_a_later_code_replaces_the_earlier_one_a41(sms: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = iter(["111111", "222222"])
    monkeypatch.setattr(codes.tokens, "new_code", lambda: next(fixed))
    ask()
    clock.forward(seconds=61)
    ask()
    assert code_of_refusal("111111") == "OTP_EXPIRED"
    assert confirm("222222")[0].is_member


def test_the_sixth_guess_and_the_right_code_after_it_are_refused_a42_a43(sms: Phones, clock: Clock) -> None:
    ask()
    for _guess in range(5):
        assert code_of_refusal(wrong(sms.last())) == "OTP_WRONG"
    clock.forward(seconds=20)
    for code in (wrong(sms.last()), sms.last()):
        with pytest.raises(TooMany) as refused:
            confirm(code)
        assert refused.value.code == "TOO_MANY"
        assert refused.value.retry_after == 40
    assert Code.objects.get().guesses == 5


def test_a_second_message_within_a_minute_is_refused_a45(sms: Phones, clock: Clock) -> None:
    assert ask() == codes.CodeSent(resend_after=60, expires_in=300)
    clock.forward(seconds=59)
    with pytest.raises(TooMany) as refused:
        ask()
    assert refused.value.retry_after == 1
    clock.forward(seconds=1)
    ask()
    assert len(sms.sent) == 2


def test_the_sixth_message_in_an_hour_is_refused_a46(sms: Phones, clock: Clock) -> None:
    for _message in range(5):
        ask()
        clock.forward(seconds=61)
    with pytest.raises(TooMany) as refused:
        ask()
    assert 0 < refused.value.retry_after <= 3600
    assert len(sms.sent) == 5


def test_the_eleventh_message_in_a_day_is_refused_a47(sms: Phones, clock: Clock) -> None:
    for _message in range(10):
        ask()
        clock.forward(minutes=40)
    with pytest.raises(TooMany) as refused:
        ask()
    assert 3600 < refused.value.retry_after <= 86400
    assert len(sms.sent) == 10


def test_the_26th_message_from_one_address_in_five_minutes_is_refused_a48(sms: Phones) -> None:
    for serial in range(25):
        ask(invented_phone(serial))
    with pytest.raises(TooMany):
        ask(invented_phone(25))
    assert len(sms.sent) == 25
    ask(invented_phone(26), address="198.51.100.1")


def test_a_barred_address_cannot_use_up_somebodys_phone(sms: Phones) -> None:
    for serial in range(25):
        ask(invented_phone(serial))
    with pytest.raises(TooMany):
        ask(PHONE)
    ask(PHONE, address="198.51.100.1")


def test_a_stall_has_a_quota_of_its_own(sms: Phones) -> None:
    stall = tries.Quota("stall:7", limit=40, seconds=300)
    for serial in range(40):
        codes.issue(phone=invented_phone(serial), purpose="joining", binding="s", address=ADDRESS, quota=stall)
    with pytest.raises(TooMany):
        codes.issue(phone=invented_phone(41), purpose="joining", binding="s", address=ADDRESS, quota=stall)
    ask(PHONE)


def test_the_days_budget_of_messages_is_a_breaker(sms: Phones, settings) -> None:
    settings.CODES_DAILY_BUDGET = 3
    for serial in range(3):
        ask(invented_phone(serial))
    with pytest.raises(Unavailable) as refused:
        ask(invented_phone(4))
    assert refused.value.code == "SMS_BUDGET_SPENT"
    assert refused.value.retry_after > 0
    assert len(sms.sent) == 3


def test_guesses_are_limited_per_address_over_all_phones(sms: Phones, settings) -> None:
    settings.CODE_GUESSES_PER_ADDRESS = 8
    for serial in range(8):
        assert code_of_refusal("123456", invented_phone(serial)) == "OTP_WRONG"
    assert code_of_refusal("123456", invented_phone(9)) == "TOO_MANY"


def test_an_unknown_phone_gets_its_account_with_the_first_confirmed_code_a52(sms: Phones) -> None:
    ask()
    assert not User.objects.exists()
    session, _token = confirm(sms.last())
    assert session.user.phone == PHONE
    assert not session.user.has_usable_password()
    assert session.user.sign_in_name is None


@pytest.mark.parametrize("state", ["unknown", "member", "disabled", "staff"])
def test_every_phone_is_answered_alike_and_a_disabled_one_gets_no_message_a53_a55(
    state: str, sms: Phones, clock: Clock, administrator
) -> None:
    if state != "unknown":
        ask()
        session, _token = confirm(sms.last())
        clock.forward(minutes=2)
        if state == "disabled":
            users.disable(session.user, actor=administrator, reason="left")
        if state == "staff":
            users.make_staff(session.user, name="lin", password="four unrelated quiet words", actor=administrator)
    before = len(sms.sent)
    assert ask() == codes.CodeSent(resend_after=60, expires_in=300)
    assert len(sms.sent) - before == (0 if state == "disabled" else 1)
    answers = [code_of_refusal("000000" if sms.last() != "000000" else "111111") for _guess in range(6)]
    assert answers == ["OTP_WRONG"] * 5 + ["TOO_MANY"]


def test_a_deleted_members_phone_begins_anew_a54(sms: Phones, clock: Clock, administrator) -> None:
    ask()
    session, token = confirm(sms.last())
    users.forget(session.user, actor=administrator, reason="erasure")
    assert sessions.find(token) is None
    assert User.objects.get().phone == ""
    clock.forward(minutes=2)
    ask()
    assert confirm(sms.last())[0].user_id != session.user_id


def test_disabling_makes_a_code_on_its_way_worthless(sms: Phones, clock: Clock, administrator) -> None:
    ask()
    session, _token = confirm(sms.last())
    clock.forward(minutes=2)
    ask()
    users.disable(session.user, actor=administrator, reason="left")
    assert code_of_refusal(sms.last()) == "OTP_EXPIRED"


def test_known_unknown_and_disabled_phones_cost_the_same_statements(sms: Phones, clock: Clock, administrator) -> None:
    def cost(phone: str) -> tuple[int, int]:
        with statements() as asking:
            ask(phone)
        with statements() as guessing, pytest.raises(DomainError):
            confirm(wrong("999998"), phone)
        return len(asking), len(guessing)

    ask(PHONE)
    confirm(sms.last())
    ask(OTHER_PHONE)
    disabled, _token = confirm(sms.last(OTHER_PHONE), OTHER_PHONE)
    users.disable(disabled.user, actor=administrator, reason="left")
    clock.forward(minutes=2)
    ask("13712345678")
    clock.forward(minutes=2)
    assert cost(PHONE) == cost(OTHER_PHONE) == cost("13712345678")


def test_a_sender_that_queues_costs_a_disabled_phone_the_same_and_leaves_nothing(
    sms: Phones, clock: Clock, administrator
) -> None:
    def queue(phone: str, code: str, purpose: str) -> None:
        User.objects.create(display_name=f"{purpose} to {phone}")

    for phone in (PHONE, OTHER_PHONE):
        ask(phone)
        confirm(sms.last(phone), phone)
    disabled = users.member_with_phone(OTHER_PHONE)
    assert disabled is not None
    users.disable(disabled, actor=administrator, reason="left")
    clock.forward(minutes=2)
    senders.register_sender(queue, queues=True)
    costs = []
    for phone in (PHONE, OTHER_PHONE):
        with statements() as made:
            ask(phone)
        costs.append(len(made))
    assert costs[0] == costs[1]
    assert [user.display_name for user in User.objects.exclude(display_name="")] == [f"sign_in to {PHONE}"]


def test_a_queue_that_is_closed_leaves_no_code_behind(sms: Phones, transactional_db: None) -> None:
    def closed(phone: str, code: str, purpose: str) -> None:
        raise Unavailable("QUEUE_CLOSED", _("短信发不出去"))

    senders.register_sender(closed, queues=True)
    with pytest.raises(Unavailable):
        ask()
    assert not Code.objects.exists()


def test_neither_code_nor_phone_is_stored_readably(sms: Phones) -> None:
    ask()
    stored = " ".join(str(value) for value in Code.objects.values_list()[0])
    assert sms.last() not in stored
    assert PHONE not in stored
    assert "b1" not in stored.split()


def test_a_failing_gateway_is_told_and_the_next_try_works(sms: Phones, clock: Clock) -> None:
    def broken(phone: str, code: str, purpose: str) -> None:
        raise Unavailable("SMS_DOWN", _("短信发不出去"))

    senders.register_sender(broken)
    with pytest.raises(Unavailable):
        ask()
    senders.register_sender(sms)
    clock.forward(seconds=60)
    ask()
    assert confirm(sms.last())[0].is_member


def test_in_a_demonstration_invented_phones_have_a_known_code(sms: Phones, settings) -> None:
    settings.DEMO = True
    invented = invented_phone(1)
    ask(invented)
    assert sms.last(invented) == "246810"
    assert confirm("246810", invented)[0].is_member


def test_in_a_demonstration_a_known_code_still_has_to_be_asked_for(sms: Phones, settings) -> None:
    settings.DEMO = True
    assert code_of_refusal("246810", invented_phone(1)) == "OTP_WRONG"


@pytest.mark.parametrize(("demo", "production"), [(True, True), (False, False)])
def test_outside_a_demonstration_no_code_is_known(demo: bool, production: bool, sms: Phones, settings) -> None:
    settings.DEMO, settings.PRODUCTION = demo, production
    invented = invented_phone(1)
    ask(invented)
    assert sms.last(invented) != "246810"


def test_in_a_demonstration_real_phones_get_random_codes(sms: Phones, settings) -> None:
    settings.DEMO = True
    ask(PHONE)
    assert sms.last(PHONE) != "246810"


def test_codes_refuse_to_be_judged_inside_a_callers_transaction(sms: Phones, transactional_db: None) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        ask()
    with pytest.raises(RuntimeError), transaction.atomic():
        confirm("123456")


def test_old_codes_are_forgotten_and_open_ones_kept(sms: Phones, clock: Clock) -> None:
    ask()
    clock.forward(days=1, minutes=6)
    ask()
    assert codes.forget_old() == 1
    assert confirm(sms.last())[0].is_member


def test_a_new_sign_in_leaves_other_browsers_signed_in(sms: Phones, clock: Clock) -> None:
    ask()
    first, first_token = confirm(sms.last())
    clock.forward(minutes=2)
    ask(binding="b2")
    confirm(sms.last(), binding="b2")
    found = sessions.find(first_token)
    assert found is not None
    assert found.pk == first.pk


def code_of_refusal(code: str, phone: str = PHONE, *, binding: str = "b1") -> str:
    with pytest.raises(DomainError) as refused:
        confirm(code, phone, binding=binding)
    assert isinstance(refused.value, RuleBroken | Gone | TooMany)
    return refused.value.code
