"""What cannot be, typed into the joining pages and sent to its API: never a 500, nothing stored, said beside the field.

The numbers are those of section B in docs/bad-inputs.md. How a single number, name or code is judged is told with many
more examples in kernel/tests/test_identifiers.py; here each must come through page and API as the same refusal.
"""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.actions import close_union
from niangjia.commons.unions.roles import Role
from niangjia.kernel.identifiers import id_check_character, invented_resident_id, uscc_check_character
from niangjia.platform.personal_data import consents
from niangjia.platform.personal_data.models import Consent
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.platform.testing.kept import kept
from niangjia.services.joining import consent, testing
from niangjia.services.joining.models import Application, Draft

pytestmark = pytest.mark.django_db
SURROGATE = b"\xed\xa0\x80"
BODY = "11010119900307123"
GOOD = BODY + id_check_character(BODY)
FIRM = "91110105MA0000001"


def number(body):
    return body + id_check_character(body)


BAD_NUMBERS = {
    "B01": GOOD[:17],
    "B02": GOOD + "0",
    "B03": GOOD[:17] + ("0" if GOOD[17] != "0" else "1"),
    "B04": GOOD[:17] + "A",
    "B05": number("11010119901307123"),
    "B06": number("11010119900431123"),
    "B07": number("11010119000229123"),
    "B08": number("11010120260305123"),
    "B09": number("00000019900307123"),
    "B10": "0" * 18,
    "B11": "110101900307123",
    "B12": "E12345678",
    "B13": "1101011990O307123X",
    "B14": GOOD[:9] + "\x00" + GOOD[9:],
    "B15": "1" * 2000,
}
GOOD_NUMBERS = {
    "B16": "11010119900307002x",
    "B17": "".join(chr(ord(digit) + 0xFEE0) for digit in GOOD),
    "B18": f" {GOOD[:6]} {GOOD[6:14]} {GOOD[14:]} ",
    "B19": number("11010120000229123"),
    "B20": number("81000019900307123"),
    "B21": number("82000019900307123"),
    "B22": number("83000019900307123"),
    "B23": number("91133019900307123"),
    "B28": number("11010119650101123"),
}
BAD_NAMES = {
    "B35": "",
    "B36": "张" * 51,
    "B37": "张3",
    "B38": "<script>alert(1)</script>",
    "B39": "张😀",
    "B40": "\u200b",
    "B41": "\u202e张三",
    "B42": "张\x00三",
    "B43": SURROGATE,
    "B44": "=1+1",
    "B45": "张\n三",
    "B46": "\ue000张",
}
GOOD_NAMES = {"B25": "阿依古丽·买买提", "B26": "阿依古丽•买买提", "B26 full-width": "阿依古丽．买买提", "B27": "𠮷野"}
BAD_WORK = {
    "B50 closed": ("street", "EAST-2"),
    "B55": ("employer_code", FIRM),
    "B56": ("employer_code", "9111010OMA00000011"),
    "B57": ("employer_code", FIRM + ("0" if uscc_check_character(FIRM) != "0" else "1")),
    "B58": ("street", "CITY"),
    "B59": ("category", "wizard"),
    "no job": ("category", ""),
    "B60": ("street", "NOWHERE"),
    "B61": ("street", "0"),
    "B62": ("street", "-1"),
    "B63": ("street", "1" + "0" * 30),
    "B64": ("street", "abc"),
    "no street": ("street", ""),
}


def table(rows):
    return pytest.mark.parametrize("value", rows.values(), ids=rows.keys())


def one_closed():
    tree = unions.small_tree()
    close_union(actor=unions.SYSTEM, union_id=tree["EAST-2"].pk)
    return tree


@pytest.fixture
def streets(clock):
    return kept(one_closed)


@pytest.fixture
def phone(streets):
    return member_client(testing.applicant(1))


@pytest.fixture
def good(streets):
    return testing.answers(1, streets["EAST-1"]).id_number


@pytest.fixture
def app(phone, streets):
    """Applies over the API, with one thing changed."""

    def apply(**changes):
        given = testing.answers(1, streets["EAST-1"])
        body = {name: getattr(given, name) for name in ("name", "id_number", "category", "street", "consent_version")}
        text = json.dumps(body | changes)
        headers = {"Idempotency-Key": "key-0123456789", "X-CSRFToken": phone.cookies["niangjia_csrf"].value}
        return phone.post("/api/v1/joining/applications", text, content_type="application/json", headers=headers)

    phone.get("/joining/who/")
    return apply


def refused(answer, field, code=None):
    """By the page as an error of its form, by the API in its common shape; nothing was kept either way."""
    if answer.headers["Content-Type"].startswith("application/json"):
        assert answer.status_code == (400 if answer.json()["code"] == "JSON_MALFORMED" else 422)
        assert field in answer.json()["fields"] or answer.status_code == 400
        assert code is None or answer.json()["code"] in (code, "FIELD_INVALID", "JSON_MALFORMED")
    else:
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
    assert not Application.objects.exists()


@table(BAD_NUMBERS)
def test_a_number_that_is_none_is_said_beside_the_field(value, phone, app):
    refused(phone.post("/joining/who/", {"name": "张试", "id_number": value}), "id_number")
    refused(app(id_number=value), "id_number", "ID_INVALID")
    assert not Draft.objects.exists()


@table(GOOD_NUMBERS)
def test_a_number_however_it_is_typed_leads_on(value, phone, app):
    assert phone.post("/joining/who/", {"name": "张试", "id_number": value}).status_code == 302
    assert app(id_number=value).status_code == 201


def test_the_old_number_of_a_foreign_resident_tells_no_sex_and_is_taken_b24(phone):
    answer = phone.post("/joining/who/", {"name": "SMITH JOHN", "id_number": "ABC110190030712"})
    assert answer.status_code == 302


@table(BAD_NAMES)
def test_a_name_that_is_none_is_said_beside_the_field(value, phone, good):
    answer = phone.post("/joining/who/", {"name": value, "id_number": good})
    assert answer.status_code in (400, 422)
    if answer.status_code == 422:
        assert "name" in answer.context["form"].errors
    assert not Draft.objects.exists()


@table({name: value for name, value in BAD_NAMES.items() if isinstance(value, str)} | {"B43": "张\ud800"})
def test_a_name_that_is_none_is_refused_by_the_api(value, app):
    refused(app(name=value), "name", "NAME")


@table(GOOD_NAMES)
def test_names_of_every_people_and_rare_characters_are_stored_as_they_are_written(value, app):
    assert app(name=value).status_code == 201
    kept = Application.objects.get().name
    assert kept in ("阿依古丽·买买提", "𠮷野")


def test_a_rare_character_is_shown_and_exported_as_it_is_stored_b27(streets, app, tmp_path):
    import openpyxl

    app(name="𠮷野")
    officer = staff_client(unions.an_officer([(streets["EAST-1"], Role.UNION_OFFICER)]))
    assert "𠮷野" in officer.get("/console/joining/").text
    answer, path = officer.get("/console/joining/?tab=all&export=xlsx"), tmp_path / "list.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))
    assert "𠮷野" in {cell.value for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row}


def test_a_private_use_character_is_told_the_way_out_b46(phone, good):
    answer = phone.post("/joining/who/", {"name": "\ue000张", "id_number": good})
    assert "生僻字" in answer.text


@table(BAD_WORK)
def test_work_that_cannot_be_is_said_beside_the_field(value, phone, good, app):
    field, typed = value
    phone.post("/joining/who/", {"name": "张试", "id_number": good})
    answer = phone.post("/joining/work/", {"category": "courier", "street": "EAST-1", field: typed})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    refused(app(**{field: typed}), field)


# Age, sex, birth


def child(age, sex="male"):
    born = date(2026 - age, 1, 1)
    return invented_resident_id(7, born, sex)


@pytest.mark.parametrize("age", [0, 13, 15])
def test_joining_meets_no_child_b29_b32(age, phone, app):
    """So a guardian's consent is never asked for here; where children enter is people/tests/test_family.py."""
    answer = phone.post("/joining/who/", {"name": "张小", "id_number": child(age)})
    assert "16 周岁" in answer.context["form"].errors["id_number"][0]
    refused(app(id_number=child(age)), "id_number", "AGE_UNDER_16")
    assert not Draft.objects.exists()
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("sex", "female", id="B30"),
        pytest.param("birth_date", "1980-01-01", id="B31"),
        pytest.param("status", "approved", id="B65"),
        pytest.param("state", "approved", id="B65 as we call it"),
        pytest.param("role", "admin", id="B66"),
        pytest.param("number", "HY2026-0000001-1", id="B67"),
        pytest.param("since", "2026-02-30", id="B68"),
        pytest.param("since", "01/02/03", id="B69"),
    ],
)
def test_what_the_number_or_the_union_says_cannot_be_sent(field, value, phone, good, app):
    """Sex and birth come from the number, state and number from us: the API refuses them, the page does not look."""
    refused(app(**{field: value}), field)
    answer = phone.post("/joining/who/", {"name": "张试", "id_number": good, field: value})
    assert answer.status_code == 302
    assert field not in json.loads(Draft.objects.get().answers)


# Consents


def test_nothing_is_sent_without_the_consent_b33(app):
    answer = app(consent_version="")
    assert (answer.status_code, answer.json()["code"]) == (422, "CONSENT_MISSING")
    assert not Application.objects.exists()


def test_a_text_that_changed_since_it_was_read_is_shown_again_b51(app):
    answer = app(consent_version="1999-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "CONSENT_CHANGED")
    assert not Application.objects.exists()


@pytest.mark.parametrize("field", ["health_consent", "consents", "consent_health"])
def test_no_other_consent_can_be_bundled_with_the_one_to_join_b34(field, app):
    refused(app(**{field: True}), field)


def test_joining_asks_for_its_own_consent_and_gives_no_other_b34(phone, good, app):
    consents.publish("example.health", consent.VERSION, {"zh-hans": "我同意使用健康信息。"})
    phone.post("/joining/who/", {"name": "张试", "id_number": good})
    phone.post("/joining/work/", {"category": "courier", "street": "EAST-1"})
    form = {"consent": "on", "consent_version": consent.VERSION, "idempotency_key": "0123456789abcdef"}
    assert phone.post("/joining/check/", form | {"health": "on", "consent_health": "on"}).status_code == 302
    assert [given.code for given in Consent.objects.all()] == [consent.CODE]
    assert "健康" not in consent.BODIES["zh-hans"]


# Who is known already; judged with all its cases in test_actions.py and test_rules.py


def test_a_member_elsewhere_is_told_so_and_not_where_b47(streets, app):
    from niangjia.commons.people.testing import a_member, a_person

    mine = testing.answers(1, streets["EAST-1"])
    person = a_person("张试", serial=1, birth=date(1996, 5, 4))
    assert person.id_number == mine.id_number
    a_member(streets["WEST-1"], person=person)
    answer = app()
    assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_MEMBER")
    assert streets["WEST-1"].name not in answer.json()["message"]


def test_a_number_pending_with_another_phone_is_checked_and_not_told_b48(streets, app):
    testing.application(2, streets["EAST-1"], id_number=testing.answers(1, streets["EAST-1"]).id_number)
    answer = app()
    assert (answer.status_code, answer.json()["identity_check"]) == (201, True)


def test_the_phone_of_another_member_is_checked_and_not_told_b49(streets, app):
    from niangjia.commons.people.testing import a_member, a_person

    a_member(streets["EAST-1"], person=a_person("李试", serial=1, birth=date(1980, 1, 1)))
    answer = app()
    assert (answer.status_code, answer.json()["identity_check"]) == (201, True)


# The way through


def test_a_page_cannot_be_skipped_b52(phone):
    assert phone.post("/joining/check/", {"consent": "on"}).headers["Location"] == "/joining/who/"
    assert phone.post("/joining/work/", {"street": "EAST-1"}).headers["Location"] == "/joining/who/"


def test_a_double_click_and_a_resend_after_a_cut_line_get_the_same_receipt_b53_b54(app):
    first, second = app(), app()
    assert (first.status_code, first.json()["number"]) == (second.status_code, second.json()["number"])
    assert Application.objects.count() == 1


def test_a_thousand_and_one_fields_are_refused_b70(phone):
    assert phone.post("/joining/who/", {f"field{n}": "x" for n in range(1001)}).status_code == 400


def test_a_body_of_three_megabytes_is_refused_b71(phone):
    kind = "application/x-www-form-urlencoded"
    assert phone.post("/joining/who/", data="name=" + "x" * 3_000_000, content_type=kind).status_code in (400, 413)


def test_nobody_applies_whose_phone_is_not_proved_b72(streets, client):
    assert client.post("/joining/check/", {"consent": "on"}).status_code == 302
    answer = client.post("/api/v1/joining/applications", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_SIGNED_IN")


def test_the_day_of_birth_may_be_today_but_not_tomorrow_b08(phone):
    """Tomorrow is no number at all, today is a child: two different sentences."""
    tomorrow, today = (number(f"110101{date(2026, 3, 4) + timedelta(days=n):%Y%m%d}123") for n in (1, 0))
    errors = [
        phone.post("/joining/who/", {"name": "张小", "id_number": typed}).context["form"].errors["id_number"][0]
        for typed in (tomorrow, today)
    ]
    assert "16 周岁" not in errors[0]
    assert "16 周岁" in errors[1]
