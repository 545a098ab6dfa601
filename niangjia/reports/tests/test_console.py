"""The pages: who sees which card, what they show, the workbook, targets, both languages."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.test import Client

from niangjia.commons.unions.actions import appoint
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.testing import SYSTEM, a_user, small_tree
from niangjia.kernel import clock
from niangjia.kernel.text import Text
from niangjia.platform.accounts import cookies, sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.reports.models import Target
from niangjia.reports.tests.builders import book, declared, indicator

DAY = date(2022, 3, 1)
pytestmark = pytest.mark.django_db

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    wanted = (
        indicator("x", label=Text("加入工会"), order=1),
        indicator("y", label=Text("其中新就业形态"), dims={"new_form": "yes"}, of="x"),
        indicator("z", label=Text("投诉"), smallest_cell=5, order=2),
    )
    with clock.travelling(date(2022, 9, 10)), declared(*wanted):
        yield


@pytest.fixture
def unions() -> dict[str, Union]:
    found = small_tree()
    for number in range(4):
        book(found["FIRM"].pk, day=DAY, source_id=number, dims={"new_form": "yes" if number else "no"})
    return found


@pytest.fixture
def sign_in() -> SignIn:
    def signed_in(union: Union | None = None, role: str = Role.UNION_OFFICER) -> Client:
        user = a_user(f"{role}-{union.code if union else 'none'}".lower())
        if union is not None:
            appoint(actor=SYSTEM, user_id=user.pk, union_id=union.pk, role=role)
        started = sessions.start(user=user, kind=SessionKind.STAFF, second_factor_at=clock.now())
        client = Client()
        client.cookies[cookies.full_name(cookies.NAMES[SessionKind.STAFF])] = started.token
        return client

    return signed_in


def address(union: Union, more: str = "", **query: str) -> str:
    parameters = "&".join(f"{key}={value}" for key, value in ({"period": "2022"} | query).items())
    return f"/console/report/{union.public_id}/{more}?{parameters}"


def test_the_card_shows_the_actors_own_union(unions: dict[str, Union], sign_in: SignIn) -> None:
    page = sign_in(unions["EAST"]).get("/console/report/")
    assert page.status_code == 200
    assert page.context["union"] == unions["EAST"]
    values = {line.code: str(line.value) for line in page.context["lines"]}
    assert values == {"x": "4", "y": "3", "z": "数量太少，不显示"}
    assert "加入工会" in page.content.decode()


def test_the_figures_stand_under_their_programmes(unions: dict[str, Union], sign_in: SignIn) -> None:
    gifts, talks = Text("普惠"), Text("沟通")
    more = (
        indicator("g", label=Text("普惠：预约"), order=3, programme=gifts),
        indicator("t", label=Text("场次"), order=4, programme=talks),
        indicator("h", label=Text("普惠活动数"), order=5, programme=gifts),
    )
    with declared(*more):
        page = sign_in(unions["EAST"]).get("/console/report/")
    groups = page.context["groups"]
    assert [(group.heading, [line.short for line in group.lines]) for group in groups] == [
        (gifts, ["预约", "普惠活动数"]),
        (talks, ["场次"]),
    ]
    body = page.content.decode()
    for group in groups:
        assert body.count(f'id="{group.anchor}"') == body.count(f'href="#{group.anchor}"') == 1


def test_the_card_of_a_union_above_or_beside_does_not_exist_for_the_viewer(
    unions: dict[str, Union], sign_in: SignIn
) -> None:
    client = sign_in(unions["EAST"])
    answers = {
        code: client.get(address(unions[code])).status_code for code in ("CITY", "WEST", "EAST", "EAST-1", "FIRM")
    }
    assert answers == {"CITY": 404, "WEST": 404, "EAST": 200, "EAST-1": 200, "FIRM": 200}


@pytest.mark.parametrize("role", [Role.SITE_KEEPER, Role.EMPLOYER_AGENT, Role.HOTLINE_OPERATOR])
def test_who_holds_no_reading_office_sees_no_card(unions: dict[str, Union], sign_in: SignIn, role: str) -> None:
    client = sign_in(unions["EAST"], role)
    for where in (address(unions["EAST"]), address(unions["EAST"], "x/"), address(unions["EAST"], "report.xlsx")):
        assert client.get(where).status_code in (403, 404)
    assert client.get("/console/report/").status_code == 404


def test_nobody_sees_a_card_without_signing_in(unions: dict[str, Union]) -> None:
    assert Client().get(address(unions["EAST"])).status_code in (302, 401)


def test_any_period_can_be_asked_and_nonsense_is_refused(unions: dict[str, Union], sign_in: SignIn) -> None:
    client = sign_in(unions["CITY"])

    def value(**query: str) -> Any:
        return client.get(address(unions["CITY"], **query)).context["lines"][0].value

    assert [value(period=code) for code in ("2022", "2022Q1", "2022-03", "2022-04", "2021")] == [
        "4",
        "4",
        "4",
        "0",
        "0",
    ]
    assert value(first="2022-03-01", last="2022-03-01") == "4"
    assert value(first="2022-03-02", last="2022-03-31") == "0"
    for code in ("2022-13", "x", "2022-03-05/2022-03-01"):
        assert client.get(address(unions["CITY"], period=code)).status_code == 422


def test_a_figure_opens_to_its_shares(unions: dict[str, Union], sign_in: SignIn) -> None:
    page = sign_in(unions["CITY"]).get(address(unions["CITY"], "x/"))
    assert page.status_code == 200
    shares = {str(row["name"]): row["value"] for row in page.context["shares"]}
    assert shares == {"EAST工会": "4", "WEST工会": "0", "TRADE工会": "0"}


def test_an_unknown_indicator_is_not_found(unions: dict[str, Union], sign_in: SignIn) -> None:
    assert sign_in(unions["CITY"]).get(address(unions["CITY"], "nothing/")).status_code == 404


def test_the_workbook_holds_what_the_page_shows(unions: dict[str, Union], sign_in: SignIn) -> None:
    answer = sign_in(unions["CITY"]).get(address(unions["CITY"], "report.xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    header, *rows = [list(row) for row in sheet.values]
    found = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert found["加入工会"]["本期"] == 4
    assert found["其中新就业形态"]["本期"] == 3
    assert found["投诉"]["本期"] is None
    assert found["投诉"]["说明"] == "数量太少，不显示"


def test_a_target_is_set_by_its_form_and_stands_on_the_card(unions: dict[str, Union], sign_in: SignIn) -> None:
    client, where = sign_in(unions["EAST"]), address(unions["EAST"], "x/target/")
    assert client.get(where).status_code == 200
    assert client.post(where, {"value": "-3"}).status_code == 422
    assert client.post(where, {"value": "1.5"}).status_code == 422
    assert client.post(where, {"value": "１，５００", "reason": "全委会"}).status_code == 302
    assert Target.objects.get().value == 1500
    line = client.get(address(unions["EAST"])).context["lines"][0]
    assert (line.target, line.met, line.target_share) == ("1,500", False, "0%")


def test_a_reviewer_reads_but_sets_no_target(unions: dict[str, Union], sign_in: SignIn) -> None:
    client = sign_in(unions["EAST"], Role.REVIEWER)
    page = client.get(address(unions["EAST"]))
    assert page.status_code == 200
    assert not any(line.target_url for line in page.context["lines"])
    assert client.post(address(unions["EAST"], "x/target/"), {"value": "5"}).status_code == 403
    assert not Target.objects.exists()


def test_the_card_on_a_wall_is_big_dark_and_renews_itself(unions: dict[str, Union], sign_in: SignIn) -> None:
    client = sign_in(unions["EAST"], Role.REVIEWER)
    page = client.get(address(unions["EAST"], wall="1"))
    assert page.templates[0].name == "reports/wall.html"
    assert '<meta http-equiv="refresh" content="60">' in page.text
    assert "reports/wall" in page.text
    assert "web/dark" in page.text
    assert "<nav" not in page.text
    assert "<style" not in page.text
    assert " style=" not in page.text
    ordinary = client.get(address(unions["EAST"]))
    assert "http-equiv" not in ordinary.text
    assert "wall=1" in ordinary.text
    values = {line.code: str(line.value) for line in ordinary.context["lines"]}
    assert {line.code: str(line.value) for line in page.context["lines"]} == values


def test_a_wall_elsewhere_is_not_found_and_a_stranger_signs_in_first(unions: dict[str, Union], sign_in: SignIn) -> None:
    assert sign_in(unions["WEST"]).get(address(unions["EAST"], wall="1")).status_code == 404
    assert Client().get("/console/report/?wall=1").status_code == 302


def test_the_chart_has_the_chosen_indicator_and_its_parts(unions: dict[str, Union], sign_in: SignIn) -> None:
    client = sign_in(unions["CITY"])
    chart = client.get(address(unions["CITY"])).context["chart"].data
    assert chart["labels"] == [f"2021-{month}" for month in (10, 11, 12)] + [f"2022-0{month}" for month in range(1, 10)]
    assert {series["name"]: sum(series["values"]) for series in chart["series"]} == {"加入工会": 4, "其中新就业形态": 3}
    other = client.get(address(unions["CITY"], chart="z")).context["chart"].data
    assert [series["values"].count(None) for series in other["series"]] == [1]
