"""Accounts of staff, the flows for apps, settings, and the command that makes the first account."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, DomainError, NotSignedIn, RuleBroken
from niangjia.platform.accounts import api_sign_in, checks, policy_settings, senders, sessions, users
from niangjia.platform.accounts.models import User
from niangjia.platform.accounts.tests.conftest import ADDRESS, PASSWORD, PHONE, Phones
from niangjia.platform.testing.plugin import Clock

pytestmark = pytest.mark.django_db


def test_names_differing_only_in_spelling_are_one_name(clerk: User, administrator: Actor) -> None:
    for name in ("LIN", " lin", "ｌｉｎ"):
        with pytest.raises(Conflict) as refused:
            users.create_staff(name=name, display_name="x", password=PASSWORD, actor=administrator)
        assert refused.value.code == "NAME_TAKEN"
        assert "name" in refused.value.fields
    assert users.staff_named(" Lin") == clerk
    assert users.staff_named("") is None
    assert users.staff_named("\x00") is None


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "a\x00b", "a\u200eb", "a\ud800", "a\nb"])
def test_an_unusable_name_is_refused(name: str, administrator: Actor) -> None:
    with pytest.raises(RuleBroken) as refused:
        users.create_staff(name=name, display_name="x", password=PASSWORD, actor=administrator)
    assert refused.value.code == "NAME_FORMAT"


@pytest.mark.parametrize(
    "password", ["", "short", "password1234", "elevenchars", PASSWORD + "\x00", PASSWORD + "\ud800"]
)
def test_a_weak_password_is_refused(password: str, administrator: Actor) -> None:
    with pytest.raises(RuleBroken) as refused:
        users.create_staff(name="su", display_name="x", password=password, actor=administrator)
    assert refused.value.code == "PASSWORD_WEAK"
    assert not User.objects.exists()


def test_passwords_are_kept_as_argon2(clerk: User) -> None:
    assert clerk.password.startswith("argon2")


def test_changing_ones_password_needs_the_old_one_and_counts_wrong_tries(clerk: User, administrator: Actor) -> None:
    def change(old: str) -> None:
        users.change_password(clerk, old=old, new="five other unrelated words", actor=administrator)

    answers = []
    for old in ["wrong"] * 5 + [PASSWORD]:
        with pytest.raises(DomainError) as refused:
            change(old)
        answers.append(refused.value.code)
    assert answers == ["WRONG_CREDENTIALS"] * 5 + ["TOO_MANY"]


def test_a_member_who_becomes_staff_keeps_one_account(sms: Phones, clock: Clock, administrator: Actor) -> None:
    ticket = api_sign_in.request_code(phone=PHONE, address=ADDRESS).ticket
    api_sign_in.confirm_code(phone=PHONE, code=sms.last(), ticket=ticket, address=ADDRESS)
    user = users.member_with_phone(PHONE)
    assert user is not None
    users.make_staff(user, name="wang", password=PASSWORD, actor=administrator)
    token = api_sign_in.check_password(name="wang", password=PASSWORD, address=ADDRESS)
    assert token.next_step == "enrolment"
    assert User.objects.count() == 1


# Apps


def test_an_app_signs_a_member_in_with_its_ticket(sms: Phones, clock: Clock) -> None:
    asked = api_sign_in.request_code(phone=PHONE, address=ADDRESS)
    assert (asked.resend_after, asked.expires_in) == (60, 300)
    token = api_sign_in.confirm_code(phone=PHONE, code=sms.last(), ticket=asked.ticket, address=ADDRESS)
    assert (token.kind, token.next_step) == ("member", "none")
    assert sessions.find(token.token) is not None
    api_sign_in.sign_out(token=token.token)
    assert sessions.find(token.token) is None
    api_sign_in.sign_out(token=token.token)


@pytest.mark.parametrize("ticket", ["", "another", None, 7, ["x"]])
def test_a_code_without_its_ticket_is_wrong(ticket: Any, sms: Phones, clock: Clock) -> None:
    api_sign_in.request_code(phone=PHONE, address=ADDRESS)
    with pytest.raises(RuleBroken) as refused:
        api_sign_in.confirm_code(phone=PHONE, code=sms.last(), ticket=ticket, address=ADDRESS)
    assert refused.value.code == "OTP_WRONG"


def test_an_app_signs_staff_in_with_two_steps(enrolled: User, totp) -> None:
    first = api_sign_in.check_password(name="lin", password=PASSWORD, address=ADDRESS)
    assert (first.kind, first.next_step) == ("staff", "second_factor")
    second = api_sign_in.check_totp(token=first.token, code=totp(enrolled))
    assert second.next_step == "none"
    assert second.token != first.token
    for token in (first.token, "", "x"):
        with pytest.raises(NotSignedIn):
            api_sign_in.check_totp(token=token, code=totp(enrolled))


# Sending


def test_a_slow_gateway_does_not_hold_up_the_answer(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "_senders", [])
    may_go, sent = threading.Event(), threading.Event()

    def slow(phone: str, code: str, purpose: str) -> None:
        may_go.wait(10)
        sent.set()
        raise ConnectionError("the gateway hung up")

    senders.register_sender(slow, background=True)
    assert api_sign_in.request_code(phone=PHONE, address=ADDRESS).resend_after == 60
    assert not sent.is_set()
    may_go.set()
    assert sent.wait(10)


def test_an_installation_without_a_sender_answers_and_sends_nothing(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "_senders", [])
    assert api_sign_in.request_code(phone=PHONE, address=ADDRESS).resend_after == 60


# Settings


def test_defaults_are_in_order() -> None:
    assert checks.sign_in_settings(None) == []


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("CODE_GUESSES", 0, "accounts.E001"),
        ("CODE_MINUTES", "five", "accounts.E001"),
        ("MEMBER_IDLE_DAYS", 31, "accounts.E002"),
        ("STAFF_IDLE_MINUTES", 721, "accounts.E002"),
        ("SESSION_RECORD_DAYS", 179, "accounts.E003"),
        ("STAFF_NETWORKS", "10.0.0.0/8,nowhere", "accounts.E004"),
    ],
)
def test_a_contradictory_setting_stops_the_start(name: str, value: Any, error: str, settings) -> None:
    setattr(settings, name, value)
    assert [found.id for found in checks.sign_in_settings(None)] == [error]


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIANGJIA_MEMBER_SESSION_DAYS", "14")
    monkeypatch.setenv("NIANGJIA_STAFF_NETWORKS", "10.0.0.0/8, 192.0.2.0/24")
    assert policy_settings.member_session().days == 14
    assert policy_settings.staff_networks() == ["10.0.0.0/8", "192.0.2.0/24"]


# The command


def test_the_first_account_is_made_from_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    call_command("create_staff", "root", "--display-name", "系统管理员", stdout=io.StringIO())
    user = users.staff_named("root")
    assert user is not None
    assert user.display_name == "系统管理员"
    assert user.check_password(PASSWORD)


def test_the_command_refuses_a_weak_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError, match="PASSWORD_WEAK"):
        call_command("create_staff", "root", stdout=io.StringIO())
