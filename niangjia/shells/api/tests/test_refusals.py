"""Every bad body gets its status and code in one shape, and nothing is stored."""

import json

import pytest

pytestmark = pytest.mark.django_db

SEND_CODE = "/api/v1/sign-in/code"
GOOD = {"phone": "15400000099", "ticket": ""}


@pytest.fixture
def send(client):
    def post(body, content_type="application/json", path=SEND_CODE, **headers):
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return client.post(path, data=data, content_type=content_type, headers=headers)

    return post


def refusal(answer, status, code):
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert set(body) == {"code", "message", "fields", "trace"}
    assert body["code"] == code
    assert body["message"]
    assert len(body["trace"]) == 16
    assert answer["X-Trace"] == body["trace"]
    return body


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="J01 empty"),
        pytest.param(b"   ", id="J02 blanks"),
        pytest.param(b"{", id="J03"),
        pytest.param(b'{"phone":"1",}', id="J04 trailing comma"),
        pytest.param(b"{'phone':'1'}", id="J05 single quotes"),
        pytest.param(b'{"phone":"1"} // x', id="J06 comment"),
        pytest.param(b"\xef\xbb\xbf{}", id="J07 BOM"),
        pytest.param('{"phone":"1"}'.encode("utf-16"), id="J08 UTF-16"),
        pytest.param('{"phone":"中"}'.encode("gbk"), id="J09 GBK"),
        pytest.param(b'{"phone":"\xff"}', id="J10"),
        pytest.param(b'{"phone":NaN}', id="J11"),
        pytest.param(b'{"phone":-Infinity}', id="J12"),
        pytest.param(b'{"phone":1e400}', id="J13"),
        pytest.param(b'{"phone":' + b"9" * 5000 + b"}", id="J14 5,000 digits"),
        pytest.param(b"[" * 100_000, id="J15 deep"),
        pytest.param(b"[" * 40 + b"]" * 40, id="J15 deep and closed"),
        pytest.param(b'{"phone":"1","phone":"2"}', id="J16 a key twice"),
        pytest.param(b'{"phone":"\\ud800"}', id="J17 lone surrogate"),
        pytest.param(b'{"phone":"\\u0000"}', id="J18 NUL"),
        pytest.param(b'{"' + b"k" * 1_000_000 + b'":1}', id="J19 a key of 1 MB"),
        pytest.param(("{" + ",".join(f'"k{n}":1' for n in range(100_000)) + "}").encode(), id="J20 100,000 keys"),
    ],
)
def test_what_is_no_json_is_refused_as_such(send, unchanged, body):
    with unchanged():
        refusal(send(body), 400, "JSON_MALFORMED")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param([], "body", id="J21"),
        pytest.param("x", "body", id="J22"),
        pytest.param(1, "body", id="J23"),
        pytest.param(None, "body", id="J24"),
        pytest.param(True, "body", id="J25"),
        pytest.param({"phone": 15400000099}, "phone", id="J26 a number for text"),
        pytest.param({"phone": None}, "phone", id="null"),
        pytest.param({"phone": ["15400000099", "15400000098"]}, "phone", id="a list"),
        pytest.param({"phone": {"$ne": None}}, "phone", id="an object"),
        pytest.param({}, "phone", id="nothing"),
        pytest.param({"phone": "1" * 41}, "phone", id="J43 too long"),
        pytest.param({**GOOD, "purpose": "SIGN_IN"}, "purpose", id="J42 another case"),
        pytest.param({**GOOD, "purpose": "step_up"}, "purpose", id="J41 not offered"),
    ],
)
def test_a_value_of_another_kind_is_refused_beside_its_field(send, unchanged, body, field):
    with unchanged():
        answer = refusal(send("null" if body is None else json.dumps(body)), 422, "FIELD_INVALID")
    assert list(answer["fields"]) == [field]
    assert all(isinstance(text, str) and text for text in answer["fields"][field])


@pytest.mark.parametrize("name", ["other", "id", "is_staff", "created_at", "__proto__"])
def test_unknown_fields_are_refused_by_name(send, unchanged, name):
    with unchanged():
        answer = refusal(send({**GOOD, name: True}), 422, "FIELD_UNKNOWN")
    assert list(answer["fields"]) == [name]


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-7",
        "application/json; charset=gbk",
    ],
)
def test_only_json_in_utf_8_is_read(send, unchanged, content_type):
    with unchanged():
        refusal(send(GOOD, content_type=content_type), 415, "MEDIA_TYPE")


def test_a_packed_body_is_not_unpacked(send):
    refusal(send(GOOD, **{"content-encoding": "gzip"}), 415, "MEDIA_TYPE")


def test_a_body_of_three_megabytes_is_refused(send, unchanged):
    with unchanged():
        refusal(send(b'{"phone":"' + b"1" * 3_000_000 + b'"}'), 413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/api/v2/sign-in/code", "/api/v1/sign-in/%00"])
def test_an_address_that_is_none(client, path):
    refusal(client.get(path), 404, "NOT_FOUND")


def test_a_method_that_is_not_offered(client):
    answer = client.get(SEND_CODE)
    refusal(answer, 401, "NOT_SIGNED_IN")
    token = staff_token(client)
    answer = client.put("/api/v1/sign-in/me", headers={"authorization": f"Bearer {token}"})
    refusal(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer["Allow"] == "GET"


def staff_token(client):
    from datetime import timedelta

    from niangjia.kernel import clock
    from niangjia.platform.accounts import sessions
    from niangjia.platform.accounts.kinds import SessionKind
    from niangjia.platform.accounts.models import User

    user = User.objects.create(sign_in_name="tester", display_name="测试")
    begun = sessions.start(user=user, kind=SessionKind.STAFF, second_factor_at=clock.now(), lasts=timedelta(hours=1))
    return begun.token


def test_a_fault_of_ours_tells_nothing_but_its_trace(send, monkeypatch, caplog):
    from niangjia.platform.accounts import api_sign_in

    def broken(**_values):
        raise RuntimeError("secret detail of the inside")

    monkeypatch.setattr(api_sign_in, "request_code", broken)
    answer = refusal(send(GOOD), 500, "SERVER_ERROR")
    assert "secret detail" not in json.dumps(answer)
    assert "secret detail" in caplog.text


def test_the_language_of_a_refusal_is_the_readers(client, send):
    chinese = refusal(send(b"{"), 400, "JSON_MALFORMED")["message"]
    assert "JSON" in chinese
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
