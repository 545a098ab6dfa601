"""What cannot be, typed into the joining pages: never a 500, nothing stored, said beside the field."""

from __future__ import annotations

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.platform.testing.clients import member_client
from niangjia.services.joining import testing
from niangjia.services.joining.models import Application, Draft

pytestmark = pytest.mark.django_db
SURROGATE = b"\xed\xa0\x80"


@pytest.fixture
def phone(clock):
    unions.small_tree()
    return member_client(testing.applicant(1))


@pytest.fixture
def number(phone):
    return testing.answers(1, unions.Union.objects.get(code="EAST-1")).id_number


def test_a_thousand_and_one_fields_are_refused(phone):
    assert phone.post("/joining/who/", {f"field{n}": "x" for n in range(1001)}).status_code == 400


def test_a_body_of_three_megabytes_is_refused(phone):
    kind = "application/x-www-form-urlencoded"
    assert phone.post("/joining/who/", data="name=" + "x" * 3_000_000, content_type=kind).status_code in (400, 413)


@pytest.mark.parametrize(
    "name",
    [
        "张三\n李",
        "张\x00三",
        SURROGATE,
        "=1+1",
        "\u202e张三",
        "\ue000张",
        "张" * 51,
        "张3",
        "\u200b",
        "😀",
        "<b>张</b>",
    ],
    ids=str,
)
def test_a_name_that_is_none_is_said_beside_the_field(phone, number, name):
    answer = phone.post("/joining/who/", {"name": name, "id_number": number})
    assert answer.status_code in (400, 422)
    if answer.status_code == 422:
        assert "name" in answer.context["form"].errors
    assert not Draft.objects.exists()


@pytest.mark.parametrize("name", ["阿依古丽·买买提", "阿依古丽•买买提", "𠮷野", " 张 试 "], ids=str)
def test_names_of_every_people_and_rare_characters_are_taken(phone, number, name):
    assert phone.post("/joining/who/", {"name": name, "id_number": number}).status_code == 302


@pytest.mark.parametrize(
    "typed",
    ["19000019960504001", "1900001996050400311", "190000190002290030", "E12345678", "9" * 5000, "1\x000", "0" * 18],
)
def test_a_number_that_is_none_is_said_beside_the_field(phone, typed):
    answer = phone.post("/joining/who/", {"name": "张试", "id_number": typed})
    assert answer.status_code == 422
    assert "id_number" in answer.context["form"].errors


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("employer_code", "91110105MA0000"),
        ("employer_code", "9111010OMA00000011"),
        ("employer_code", "911101050000000000"),
        ("category", "wizard"),
        ("category", ""),
        ("street", "0"),
        ("street", "-1"),
        ("street", "9" * 30),
        ("street", "abc"),
        ("street", "CITY"),
        ("street", ""),
    ],
)
def test_work_that_cannot_be_is_said_beside_the_field(phone, number, field, value):
    phone.post("/joining/who/", {"name": "张试", "id_number": number})
    answer = phone.post("/joining/work/", {"category": "courier", "street": "EAST-1", field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Application.objects.exists()
