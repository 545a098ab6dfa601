import json

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.views.decorators.http import require_POST

from niangjia.kernel import errors as kernel_errors
from niangjia.kernel.text import _
from niangjia.platform.accounts.gates import public

RAISED: dict[str, Exception] = {
    "rule": kernel_errors.RuleBroken("SAMPLE_RULE", _("还差一项。"), fields={"phone": [_("缺手机号。")]}),
    "right": kernel_errors.NotAllowed("SAMPLE_RIGHT", _("不归您办。")),
    "absent": kernel_errors.NotFound("SAMPLE_ABSENT", _("没有这一件。")),
    "many": kernel_errors.TooMany("TOO_MANY", _("太快了。"), retry_after=42),
    "busy": kernel_errors.Unavailable("BUSY", _("暂时不行。"), retry_after=7),
    "stranger": kernel_errors.NotSignedIn("NOT_SIGNED_IN", _("请登录。")),
    "bug": RuntimeError("secret detail 13812345678"),
}


@public
def raising(request: HttpRequest, name: str) -> HttpResponse:
    raise RAISED[name]


@public
def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@public
@require_POST
def form_only(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("page/<slug:name>/send/", form_only),
    path("", include("niangjia.platform.web.urls")),
    path("api/v1/<slug:name>/", raising),
    path("console/<slug:name>/", raising),
    path("page/<slug:name>/", raising),
    path("plain/", plain),
]
handler403 = "niangjia.platform.web.errors.forbidden"
handler404 = "niangjia.platform.web.errors.not_found"
handler500 = "niangjia.platform.web.errors.server_error"
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("name", "status"), [("rule", 422), ("right", 403), ("absent", 404), ("many", 429), ("busy", 503)]
)
def test_a_refusal_is_a_page_with_its_sentence_code_and_trace(browser: Client, name: str, status: int) -> None:
    answer = browser.get(f"/page/{name}/")
    html = answer.content.decode()
    error = RAISED[name]
    assert isinstance(error, kernel_errors.DomainError)
    assert answer.status_code == status
    assert str(error.message) in html
    assert error.code in html
    assert answer["X-Trace"] in html
    assert "回到首页" in html


def test_an_address_that_only_takes_a_form_leads_back_to_the_page_above_it(browser: Client) -> None:
    answer = browser.get("/page/rule/send/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert 'href="/page/rule/"' in answer.content.decode()
    assert browser.post("/page/rule/send/").content == b"ok"


@pytest.mark.parametrize(("theme", "dark"), [("dark", True), ("light", False)])
def test_the_consoles_refusals_keep_to_the_dark(browser: Client, theme: str, dark: bool) -> None:
    browser.cookies["niangjia_theme"] = theme
    assert ("web/dark.css" in browser.get("/console/right/").content.decode()) is dark
    assert "web/dark.css" not in browser.get("/page/right/").content.decode()


def test_the_api_answers_code_message_fields_and_trace(browser: Client) -> None:
    answer = browser.get("/api/v1/rule/")
    assert answer.status_code == 422
    assert json.loads(answer.content) == {
        "code": "SAMPLE_RULE",
        "message": "还差一项。",
        "fields": {"phone": ["缺手机号。"]},
        "trace": answer["X-Trace"],
    }


def test_whoever_accepts_json_but_no_html_gets_json(browser: Client) -> None:
    assert browser.get("/page/rule/", headers={"Accept": "application/json"})["Content-Type"] == "application/json"
    assert "text/html" in browser.get("/page/rule/", headers={"Accept": "text/html,application/json"})["Content-Type"]


@pytest.mark.parametrize(("name", "seconds"), [("many", "42"), ("busy", "7")])
def test_where_waiting_helps_the_answer_says_how_long(browser: Client, name: str, seconds: str) -> None:
    assert browser.get(f"/page/{name}/")["Retry-After"] == seconds
    assert browser.get(f"/api/v1/{name}/")["Retry-After"] == seconds


def test_htmx_gets_a_message_to_put_in_its_place_and_no_whole_page(browser: Client) -> None:
    answer = browser.get("/page/right/", headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert answer.status_code == 403
    assert 'id="flash"' in html
    assert 'role="alert"' in html
    assert "<html" not in html


@pytest.mark.parametrize(
    ("at", "to"), [("/page/stranger/?a=1", "/sign-in/"), ("/console/stranger/", "/console/sign-in/")]
)
def test_strangers_are_sent_to_the_sign_in_of_their_shell(browser: Client, at: str, to: str) -> None:
    answer = browser.get(at)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{to}?next=")
    assert browser.get("/api/v1/stranger/").status_code == 401
    assert browser.get(at, headers={"HX-Request": "true"})["HX-Redirect"].startswith(to)


def test_a_fault_of_ours_tells_the_trace_and_nothing_of_the_inside(browser: Client) -> None:
    answer = browser.get("/page/bug/")
    html = answer.content.decode()
    assert answer.status_code == 500
    assert answer["X-Trace"] in html
    assert "secret" not in html
    assert json.loads(browser.get("/api/v1/bug/").content)["code"] == "SERVER_ERROR"


def test_an_unknown_address_is_answered_in_the_format_asked_for(browser: Client) -> None:
    assert "没有找到" in browser.get("/nowhere/").content.decode()
    assert json.loads(browser.get("/api/v1/nowhere/deep/").content)["code"] == "NOT_FOUND"


def test_a_form_without_its_token_is_refused_in_plain_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/language/", {"language": "en"})
    assert answer.status_code == 403
    assert "FORM_EXPIRED" in answer.content.decode()


def test_every_answer_carries_the_strict_policy_and_a_trace_of_its_own(browser: Client) -> None:
    first, second = browser.get("/plain/"), browser.get("/plain/")
    policy = first["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert first["X-Trace"] != second["X-Trace"]
    assert len(first["X-Trace"]) == 16


def test_the_language_comes_from_the_cookie_and_never_from_the_browser(browser: Client) -> None:
    assert browser.get("/plain/", headers={"Accept-Language": "en"})["Content-Language"] == "zh-hans"
    browser.get("/language/?language=en")
    assert browser.get("/plain/")["Content-Language"] == "en"
    browser.cookies["niangjia_language"] = "xx"
    assert browser.get("/plain/")["Content-Language"] == "zh-hans"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_switch_never_leads_away_from_here(browser: Client, target: str) -> None:
    assert browser.post("/language/", {"language": "en", "next": target})["Location"] == "/"
    assert browser.post("/display/", {"type": "large", "next": target})["Location"] == "/"
    assert browser.post("/language/", {"language": "en", "next": "/services/?a=1"})["Location"] == "/services/?a=1"


def test_switches_remember_only_known_values(browser: Client) -> None:
    browser.post("/display/", {"type": "large", "theme": "purple"})
    assert browser.cookies["niangjia_type"].value == "large"
    assert "niangjia_theme" not in browser.cookies
    browser.post("/language/", {"language": "de"})
    assert "niangjia_language" not in browser.cookies


@override_settings(PRODUCTION=True)
def test_in_production_the_switches_cookies_travel_encrypted_only(browser: Client) -> None:
    browser.post("/display/", {"type": "large"}, secure=True)
    assert browser.cookies["niangjia_type"]["secure"]
