"""Signing in through HTTP: statuses, errors beside fields, cookies, gates, forgery, redirects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.functional import SimpleLazyObject

from niangjia.kernel.actor import Grant
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import actors, answers, cookies, policy_settings, sessions, users
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.accounts.tests.conftest import ADDRESS, PASSWORD, PHONE, Phones
from niangjia.platform.accounts.tests.test_codes import BAD_PHONES
from niangjia.platform.testing.plugin import Clock
from niangjia.platform.testing.sql_counts import statements

pytestmark = pytest.mark.django_db

Totp = Callable[[User], str]


def errors_of(response: HttpResponse, field: str) -> list[str]:
    return [error["code"] for error in response.json()["errors"].get(field, [])]


@pytest.fixture
def member(browser: Client, sms: Phones) -> Client:
    """A browser in which a member is signed in."""
    assert browser.post("/sign-in/", {"phone": PHONE}).status_code == 200
    assert browser.post("/sign-in/code/", {"phone": PHONE, "code": sms.last()}).status_code == 302
    return browser


@pytest.fixture
def staff(site: None, enrolled: User, totp: Totp) -> Client:
    """A browser in which the clerk is at work."""
    browser = Client(REMOTE_ADDR=ADDRESS)
    assert browser.post("/console/sign-in/", {"name": "lin", "password": PASSWORD}).status_code == 200
    assert browser.post("/console/second-factor/", {"totp": totp(enrolled)}).status_code == 302
    return browser


def test_a_member_signs_in_with_phone_and_code(member: Client) -> None:
    answer = member.get("/mine/").json()
    assert answer["kind"] == "member"
    assert answer["grants"] == []


SENDABLE = {name: phone for name, phone in BAD_PHONES.items() if isinstance(phone, str) and "\ud800" not in phone}


@pytest.mark.parametrize("phone", SENDABLE.values(), ids=SENDABLE.keys())
def test_a_bad_phone_is_told_beside_its_field(phone: str, browser: Client, sms: Phones) -> None:
    response = browser.post("/sign-in/", {"phone": phone})
    assert response.status_code == 422
    assert errors_of(response, "phone") == ["PHONE_FORMAT"]
    assert sms.sent == []


def test_a_form_without_its_fields_is_refused_beside_them(browser: Client) -> None:
    assert errors_of(browser.post("/sign-in/", {}), "phone") == ["PHONE_FORMAT"]
    response = browser.post("/sign-in/code/", {})
    assert (errors_of(response, "phone"), errors_of(response, "code")) == (["PHONE_FORMAT"], ["OTP_FORMAT"])
    response = browser.post("/console/sign-in/", {})
    assert errors_of(response, "name") == ["NAME_MISSING"]
    assert errors_of(response, "password") == ["PASSWORD_MISSING"]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "12345\x00", "1" * 5000])
def test_a_bad_code_is_told_beside_its_field(code: str, browser: Client, sms: Phones) -> None:
    browser.post("/sign-in/", {"phone": PHONE})
    response = browser.post("/sign-in/code/", {"phone": PHONE, "code": code})
    assert response.status_code == 422
    assert errors_of(response, "code") == ["OTP_FORMAT"]


def test_wrong_codes_lead_from_422_to_429_with_retry_after(browser: Client, sms: Phones) -> None:
    browser.post("/sign-in/", {"phone": PHONE})
    wrong = f"{(int(sms.last()) + 1) % 1_000_000:06d}"
    for _guess in range(5):
        response = browser.post("/sign-in/code/", {"phone": PHONE, "code": wrong})
        assert (response.status_code, errors_of(response, "code")) == (422, ["OTP_WRONG"])
    response = browser.post("/sign-in/code/", {"phone": PHONE, "code": sms.last()})
    assert (response.status_code, errors_of(response, "code")) == (429, ["TOO_MANY"])
    assert int(response["Retry-After"]) > 0


def test_an_expired_code_is_gone(browser: Client, sms: Phones, clock: Clock) -> None:
    browser.post("/sign-in/", {"phone": PHONE})
    clock.forward(seconds=301)
    response = browser.post("/sign-in/code/", {"phone": PHONE, "code": sms.last()})
    assert (response.status_code, errors_of(response, "code")) == (410, ["OTP_EXPIRED"])


def test_a_code_works_only_in_the_browser_that_asked_for_it_a37(browser: Client, sms: Phones) -> None:
    browser.post("/sign-in/", {"phone": PHONE})
    stranger = Client(REMOTE_ADDR=ADDRESS)
    response = stranger.post("/sign-in/code/", {"phone": PHONE, "code": sms.last()})
    assert errors_of(response, "code") == ["OTP_WRONG"]
    assert browser.post("/sign-in/code/", {"phone": PHONE, "code": sms.last()}).status_code == 302


@pytest.mark.parametrize("forwarded", [False, True])
def test_the_26th_phone_from_one_address_is_refused_whatever_header_it_sends_a48_a49(
    forwarded: bool, browser: Client, sms: Phones
) -> None:
    def send(serial: int) -> int:
        header = {"HTTP_X_FORWARDED_FOR": f"198.51.100.{serial}"} if forwarded else {}
        return int(browser.post("/sign-in/", {"phone": invented_phone(serial)}, **header).status_code)

    assert [send(serial) for serial in range(25)] == [200] * 25
    assert send(25) == 429
    assert len(sms.sent) == 25


def test_known_unknown_and_disabled_phones_get_the_same_page(
    browser: Client, sms: Phones, clock: Clock, administrator
) -> None:
    def answer(phone: str) -> tuple[Any, ...]:
        stranger = Client(REMOTE_ADDR=ADDRESS)
        sent = stranger.post("/sign-in/", {"phone": phone})
        guessed = stranger.post("/sign-in/code/", {"phone": phone, "code": "000000"})
        return (
            sent.status_code,
            sent.content,
            sorted(sent.headers),
            guessed.status_code,
            guessed.content,
            sorted(guessed.headers),
        )

    for phone in (PHONE, "13912345678"):
        browser.post("/sign-in/", {"phone": phone})
        browser.post("/sign-in/code/", {"phone": phone, "code": sms.last(phone)})
    disabled = users.member_with_phone("13912345678")
    assert disabled is not None
    users.disable(disabled, actor=administrator, reason="left")
    clock.forward(minutes=2)
    assert answer(PHONE) == answer("13912345678") == answer("13712345678")


# Redirects


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/mine/?a=1", "/mine/?a=1"),
        ("/joining/申请/", "/joining/%E7%94%B3%E8%AF%B7/"),
        ("//evil.com", "/"),
        ("///evil.com", "/"),
        ("/\\evil.com", "/"),
        ("/%5cevil.com", "/"),
        ("/%2fevil.com", "/"),
        ("\\\\evil.com", "/"),
        ("https://evil.com/", "/"),
        ("http://testserver/mine/", "/"),
        ("javascript:x", "/"),
        ("/\r\nSet-Cookie:x", "/"),
        ("/%0d%0aSet-Cookie:x", "/"),
        (" /mine/", "/"),
        ("mine/", "/"),
        ("/" + "a" * 3000, "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_only_to_local_pages_a67_a68_a69(
    wanted: str, target: str, browser: Client, sms: Phones
) -> None:
    browser.post("/sign-in/", {"phone": PHONE})
    response = browser.post("/sign-in/code/", {"phone": PHONE, "code": sms.last(), "next": wanted})
    assert response.status_code == 302
    assert response["Location"] == target
    assert "Set-Cookie" not in response["Location"] or target == "/"


def test_reading_the_address_of_a_form_is_405_a66(browser: Client) -> None:
    for address in ("/sign-in/", "/sign-in/code/", "/sign-out/", "/console/sign-in/"):
        assert browser.get(address).status_code == 405


# Cookies


def test_cookies_of_sessions_are_httponly_lax_and_for_the_whole_site(member: Client, staff: Client) -> None:
    for browser, name in ((member, "niangjia_member"), (staff, "niangjia_staff"), (member, "niangjia_visit")):
        cookie = browser.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]
        assert not cookie["secure"]
    assert member.cookies["niangjia_member"]["max-age"] == 30 * 86400
    assert staff.cookies["niangjia_staff"]["max-age"] == ""


def test_in_production_cookies_are_secure_and_bound_to_the_host(browser: Client, sms: Phones, settings) -> None:
    settings.PRODUCTION = True
    browser.post("/sign-in/", {"phone": PHONE}, secure=True)
    browser.post("/sign-in/code/", {"phone": PHONE, "code": sms.last()}, secure=True)
    for name in ("__Host-niangjia_member", "__Host-niangjia_visit"):
        cookie = browser.cookies[name]
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]
    assert browser.get("/mine/", secure=True).status_code == 200
    response = browser.post("/sign-out/", secure=True)
    assert response.cookies["__Host-niangjia_member"]["secure"]
    assert response.cookies["__Host-niangjia_member"]["max-age"] == 0


def test_signing_in_again_ends_the_browsers_earlier_session(member: Client, sms: Phones, clock: Clock) -> None:
    old = member.cookies["niangjia_member"].value
    clock.forward(minutes=2)
    member.post("/sign-in/", {"phone": PHONE})
    member.post("/sign-in/code/", {"phone": PHONE, "code": sms.last()})
    assert member.cookies["niangjia_member"].value != old
    assert sessions.find(old) is None


def test_a_cookie_is_worthless_after_signing_out_a60(member: Client) -> None:
    old = member.cookies["niangjia_member"].value
    response = member.post("/sign-out/")
    assert response.cookies["niangjia_member"].value == ""
    member.cookies["niangjia_member"] = old
    assert_sent_to_sign_in(member.get("/mine/"), "/sign-in/?next=%2Fmine%2F")


def test_an_altered_cookie_is_worthless_a61(member: Client) -> None:
    member.cookies["niangjia_member"] = member.cookies["niangjia_member"].value[:-1] + "_"
    assert_sent_to_sign_in(member.get("/mine/"), "/sign-in/?next=%2Fmine%2F")


def test_a_cookie_of_a_disabled_user_is_worthless_a62(member: Client, administrator) -> None:
    user = users.member_with_phone(PHONE)
    assert user is not None
    users.disable(user, actor=administrator, reason="left")
    assert_sent_to_sign_in(member.get("/mine/"), "/sign-in/?next=%2Fmine%2F")


def test_a_cookie_of_eight_kilobytes_is_refused_a70(member: Client) -> None:
    with statements() as made:
        response = member.get("/mine/", HTTP_COOKIE="niangjia_member=" + "A" * 8192)
    assert response.status_code == 400
    assert made == []


def assert_sent_to_sign_in(response: HttpResponse, target: str) -> None:
    assert response.status_code == 302
    assert response["Location"] == target


# Forgery


def test_a_form_without_its_token_is_refused_a56(site: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    for address in ("/sign-in/", "/sign-in/code/", "/sign-out/", "/console/sign-in/"):
        assert strict.post(address, {"phone": PHONE}).status_code == 403


def test_a_form_from_another_site_is_refused_a57(site: None, sms: Phones) -> None:
    from django.middleware.csrf import _get_new_csrf_string

    strict, token = Client(enforce_csrf_checks=True), _get_new_csrf_string()
    strict.cookies["niangjia_csrf"] = token
    body = {"phone": PHONE, "csrfmiddlewaretoken": token}
    assert strict.post("/sign-in/", body, HTTP_ORIGIN="https://evil.com").status_code == 403
    assert sms.sent == []
    assert strict.post("/sign-in/", body, HTTP_ORIGIN="http://testserver").status_code == 200


def test_an_api_write_by_cookie_needs_our_pages_token_and_by_bearer_does_not(member: Client) -> None:
    from django.middleware.csrf import _get_new_csrf_string

    token, csrf = member.cookies["niangjia_member"].value, _get_new_csrf_string()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {token}").json() == {"kind": "member"}
    strict.cookies["niangjia_member"] = token
    refused = strict.post("/api/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "CSRF_FAILED")
    assert strict.get("/api/v1/me").json() == {"kind": "member"}
    strict.cookies["niangjia_csrf"] = csrf
    assert strict.post("/api/v1/me", HTTP_X_CSRFTOKEN=csrf).json() == {"kind": "member"}
    assert strict.post("/api/v1/me", HTTP_X_CSRFTOKEN=csrf, HTTP_ORIGIN="https://evil.com").status_code == 403


# Gates


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/mine/?tab=2", "/sign-in/?next=%2Fmine%2F%3Ftab%3D2"),
        ("/console/", "/console/sign-in/?next=%2Fconsole%2F"),
        ("/console/second-factor/", "/console/sign-in/?next=%2Fconsole%2Fsecond-factor%2F"),
    ],
)
def test_every_page_is_closed_to_strangers_unless_it_says_otherwise(address: str, target: str, browser: Client) -> None:
    assert_sent_to_sign_in(browser.get(address), target)


def test_a_refused_write_does_not_come_back_as_a_page(browser: Client) -> None:
    assert_sent_to_sign_in(browser.post("/mine/"), "/sign-in/")


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(browser: Client) -> None:
    response = browser.get("/mine/", HTTP_HX_REQUEST="true")
    assert response["HX-Redirect"] == "/sign-in/"


def test_public_pages_know_who_is_signed_in(browser: Client, member: Client) -> None:
    assert Client().get("/").json()["kind"] == "anonymous"
    assert member.get("/").json()["kind"] == "member"
    assert Client().get("/open-class/").content == b"open"


def test_an_unknown_address_is_404_for_everybody(browser: Client, member: Client) -> None:
    assert Client().get("/nowhere/").status_code == 404
    assert member.get("/nowhere/").status_code == 404


def test_the_actor_of_an_unknown_address_is_known_to_its_error_page(member: Client) -> None:
    request = member.get("/nowhere/").wsgi_request
    assert isinstance(request.actor, SimpleLazyObject)
    assert request.actor.is_member


def test_the_second_factor_cannot_be_skipped_a58(browser: Client, enrolled: User) -> None:
    browser.post("/console/sign-in/", {"name": "lin", "password": PASSWORD})
    assert_sent_to_sign_in(browser.get("/console/"), "/console/second-factor/?next=%2Fconsole%2F")
    token = browser.cookies["niangjia_staff"].value
    for address in ("/api/v1/me", "/api/v1/staff"):
        response = Client().get(address, HTTP_AUTHORIZATION=f"Bearer {token}")
        assert (response.status_code, response.json()["code"]) == (403, "MFA_REQUIRED")
    assert browser.get("/console/second-factor/").status_code == 200
    assert browser.post("/console/sign-out/").status_code == 302
    assert Session.objects.get().ended_at is None


def test_staff_bind_an_authenticator_at_the_first_sign_in(browser: Client, clerk: User, clock: Clock) -> None:
    import pyotp

    response = browser.post("/console/sign-in/", {"name": "lin", "password": PASSWORD})
    assert response.json() == {"next_step": "enrolment"}
    secret = browser.get("/console/second-factor/set-up/").json()["secret"]
    assert browser.get("/console/second-factor/set-up/").json()["secret"] == secret
    bad = browser.post("/console/second-factor/set-up/", {"totp": "12"})
    assert errors_of(bad, "totp") == ["OTP_FORMAT"]
    done = browser.post("/console/second-factor/set-up/", {"totp": pyotp.TOTP(secret).at(clock.now)})
    assert done.status_code == 302
    assert browser.get("/console/").json()["kind"] == "staff"


def test_staff_signed_in_are_nobody_outside_the_console(staff: Client) -> None:
    actors.register_grants(lambda user_id: (Grant("union_officer", 3, "1.3."),))
    assert staff.get("/console/").json()["grants"] == ["union_officer"]
    assert staff.get("/").json()["kind"] == "anonymous"
    assert staff.get("/mine/").status_code == 302


def test_a_member_never_reaches_the_console(member: Client) -> None:
    assert_sent_to_sign_in(member.get("/console/"), "/console/sign-in/?next=%2Fconsole%2F")
    member.cookies["niangjia_staff"] = member.cookies["niangjia_member"].value
    assert_sent_to_sign_in(member.get("/console/"), "/console/sign-in/?next=%2Fconsole%2F")


@pytest.mark.parametrize(
    ("who", "method", "address", "status", "code"),
    [
        ("nobody", "get", "/api/v1/me", 401, "NOT_SIGNED_IN"),
        ("nobody", "post", "/api/v1/open", 401, "NOT_SIGNED_IN"),
        ("nobody", "get", "/api/v1/open", 200, ""),
        ("nobody", "delete", "/api/v1/open", 401, "NOT_SIGNED_IN"),
        ("member", "get", "/api/v1/me", 200, ""),
        ("member", "post", "/api/v1/reserve", 200, ""),
        ("member", "get", "/api/v1/staff", 403, "STAFF_SESSION_REQUIRED"),
        ("staff", "get", "/api/v1/me", 200, ""),
        ("staff", "post", "/api/v1/reserve", 403, "MEMBER_SESSION_REQUIRED"),
        ("staff", "get", "/api/v1/staff", 200, ""),
    ],
)
def test_the_gates_of_the_api(
    who: str, method: str, address: str, status: int, code: str, member: Client, staff: Client
) -> None:
    token = {"nobody": None, "member": "niangjia_member", "staff": "niangjia_staff"}[who]
    holder = {"member": member, "staff": staff}.get(who)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {holder.cookies[token].value}"} if holder and token else {}
    response = getattr(Client(), method)(address, **headers)
    assert response.status_code == status
    if code:
        assert set(response.json()) == {"code", "message", "fields", "trace"}
        assert response.json()["code"] == code


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic bGluOng=", "Bearer", "", "Bearer " + "A" * 43])
def test_a_bad_authorization_header_is_not_rescued_by_a_cookie(header: str, member: Client) -> None:
    assert member.get("/api/v1/me", HTTP_AUTHORIZATION=header).status_code == 401


def test_with_both_cookies_the_api_takes_the_one_its_gate_needs(member: Client, staff: Client) -> None:
    member.cookies["niangjia_staff"] = staff.cookies["niangjia_staff"].value
    assert member.get("/api/v1/me").json()["kind"] == "member"
    assert member.get("/api/v1/staff").json()["kind"] == "staff"


def test_staff_lose_access_when_they_leave_the_network(staff: Client, settings) -> None:
    settings.STAFF_NETWORKS = ["10.0.0.0/8"]
    response = staff.get("/console/")
    assert response.status_code == 403
    assert "网络" in response.content.decode()
    settings.STAFF_NETWORKS = [f"{ADDRESS}/32"]
    assert staff.get("/console/").status_code == 200


def test_refusals_that_are_no_redirect_are_drawn_by_whoever_draws_pages(
    staff: Client, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_renderer", [])
    answers.register_renderer(lambda request, error: HttpResponse(f"drawn {error.code}", status=error.status))
    settings.STAFF_NETWORKS = ["10.0.0.0/8"]
    assert staff.get("/console/").content == b"drawn NETWORK_BARRED"


def test_a_delicate_page_asks_for_a_fresh_second_factor(member: Client, clock: Clock) -> None:
    assert member.get("/delicate/").status_code == 200
    clock.forward(minutes=11)
    with pytest.raises(Exception, match="STEP_UP_REQUIRED"):
        member.get("/delicate/")


def test_wrong_staff_credentials_are_401_beside_the_password(browser: Client, clerk: User) -> None:
    for name, password in (("admin", "admin"), ("' or 1=1--", "' or 1=1--"), ("lin", PASSWORD.upper())):
        response = browser.post("/console/sign-in/", {"name": name, "password": password})
        assert (response.status_code, errors_of(response, "password")) == (401, ["WRONG_CREDENTIALS"])
    response = browser.post("/console/sign-in/", {"name": "lin", "password": "p" * 4097})
    assert (response.status_code, errors_of(response, "password")) == (422, ["PASSWORD_LENGTH"])


def test_a_members_page_costs_one_statement_and_a_hot_one_none(member: Client) -> None:
    with statements() as made:
        member.get("/mine/")
    assert len(made) == 1
    with statements() as made:
        assert member.get("/rush/").json() == {"session": False}
    assert made == []
    with statements() as made:
        Client().get("/")
    assert made == []


def test_the_addresses_of_sign_in_pages_may_be_moved(browser: Client, settings) -> None:
    settings.SIGN_IN_PATH = "/welcome/"
    assert_sent_to_sign_in(browser.get("/mine/"), "/welcome/?next=%2Fmine%2F")
    assert policy_settings.path("CONSOLE_SIGN_IN_PATH") == "/console/sign-in/"


def test_the_names_of_cookies_are_those_of_the_contract() -> None:
    assert cookies.NAMES == {SessionKind.MEMBER: "niangjia_member", SessionKind.STAFF: "niangjia_staff"}
