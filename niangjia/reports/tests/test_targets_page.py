"""The year's targets of the unions directly below, in one table; the pages of one figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client

from niangjia.commons.unions.actions import NewUnion, found_unions
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.testing import FOUNDED, SYSTEM
from niangjia.kernel import clock
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import Text
from niangjia.platform.audit.models import AuditEntry
from niangjia.reports import actions, console
from niangjia.reports.forms import cell
from niangjia.reports.models import Target
from niangjia.reports.tests.builders import book, declared, indicator
from niangjia.reports.tests.test_console import SignIn, address, sign_in, unions
from niangjia.reports.tests.test_drill_and_targets import officer

__all__ = ["sign_in", "unions"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    wanted = (indicator("x", label=Text("加入工会")), indicator("z", label=Text("投诉"), smallest_cell=5))
    with clock.travelling(date(2022, 9, 10)), declared(*wanted):
        yield


def post(client: Client, unions: dict[str, Union], values: dict[str, str], **query: str) -> Any:
    body = {cell(unions[code]): text for code, text in values.items()}
    return client.post(address(unions["CITY"], "targets/", **query), body | {"reason": "全委会"})


def targets() -> dict[str, int]:
    return dict(Target.objects.values_list("union__code", "value"))


def test_targets_are_set_in_one_table_and_their_history_stands_below(unions: dict[str, Union], sign_in: SignIn) -> None:
    client = sign_in(unions["CITY"])
    page = client.get(address(unions["CITY"], "targets/"))
    assert [(row.name, str(row.this)) for row in page.context["rows"]] == [
        ("EAST工会", "4"),
        ("TRADE工会", "0"),
        ("WEST工会", "0"),
    ]
    assert post(client, unions, {"EAST": "１，５００", "WEST": "20", "TRADE": ""}).status_code == 302
    assert targets() == {"EAST": 1500, "WEST": 20}
    assert post(client, unions, {"EAST": "1,600", "WEST": "20"}).status_code == 302
    assert targets() == {"EAST": 1600, "WEST": 20}
    assert AuditEntry.objects.filter(action="reports.target_set").count() == 3
    newest = client.get(address(unions["CITY"], "targets/")).context["history"][0]
    assert (newest.union, newest.before, newest.after, newest.reason) == ("EAST工会", "1,500", "1,600", "全委会")


def test_a_wrong_cell_is_named_and_nothing_of_the_rest_is_lost_or_set(
    unions: dict[str, Union], sign_in: SignIn
) -> None:
    Target.objects.create(union=unions["TRADE"], indicator="x", year=2022, value=7)
    page = post(sign_in(unions["CITY"]), unions, {"EAST": "一千", "WEST": "20", "TRADE": ""})
    assert page.status_code == 422
    rows = {row.name: row.field for row in page.context["rows"]}
    assert "例如 1500" in str(rows["EAST工会"].errors)
    assert "不能清空" in str(rows["TRADE工会"].errors)
    assert (rows["EAST工会"].value(), rows["WEST工会"].value()) == ("一千", "20")
    assert targets() == {"TRADE": 7}


def test_a_refusal_of_the_action_stands_beside_its_cell(
    unions: dict[str, Union], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "LARGEST_TARGET", 100)
    page = post(sign_in(unions["CITY"]), unions, {"EAST": "50", "WEST": "101"})
    errors = {row.name: row.field.errors for row in page.context["rows"]}
    assert (page.status_code, bool(errors["EAST工会"]), bool(errors["WEST工会"])) == (422, False, True)
    assert targets() == {}


def test_only_unions_directly_below_and_only_by_their_officer(unions: dict[str, Union], sign_in: SignIn) -> None:
    with pytest.raises(NotFound):
        actions.set_targets(
            actor=officer(unions["CITY"].pk),
            above_id=unions["CITY"].pk,
            indicator="x",
            year=2022,
            values={unions["FIRM"].pk: 5},
        )
    assert post(sign_in(unions["EAST"]), unions, {"EAST": "5"}).status_code == 404
    assert post(sign_in(unions["CITY"], Role.REVIEWER), unions, {"EAST": "5"}).status_code == 403
    assert post(sign_in(unions["CITY"]), unions, {"EAST": "5"}, period="2022-03").status_code == 404
    assert targets() == {}


def test_small_numbers_of_unions_below_are_hidden_beside_their_targets_too(
    unions: dict[str, Union], sign_in: SignIn
) -> None:
    page = sign_in(unions["CITY"]).get(address(unions["CITY"], "targets/", indicator="z"))
    assert "数量太少，不显示" in {str(row.this) for row in page.context["rows"]}
    assert "4" not in {str(row.this) for row in page.context["rows"]}


def test_the_unions_below_are_ranked_page_by_page_and_the_trend_goes_back_two_years(
    unions: dict[str, Union], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(unions["WEST"].pk, day=date(2022, 3, 1), qty=9)
    monkeypatch.setattr(console, "BELOW", 2)
    client = sign_in(unions["CITY"])
    first = client.get(address(unions["CITY"], "x/", months="24")).context
    assert [row["name"] for row in first["shares"]] == ["WEST工会", "EAST工会"]
    assert len(first["chart"].data["labels"]) == len(first["months_table"]) == 24
    second = client.get(address(unions["CITY"], "x/", below="2")).context
    assert [row["name"] for row in second["shares"]] == ["TRADE工会"]
    assert len(second["chart"].data["labels"]) == 12


def test_what_adds_up_is_drawn_as_areas_beside_the_ranking(unions: dict[str, Union], sign_in: SignIn) -> None:
    for code in ("WEST", "TRADE"):
        book(unions[code].pk, day=date(2022, 3, 1))
    page = sign_in(unions["CITY"]).get(address(unions["CITY"], "x/"))
    assert page.context["shares_map"].data["kind"] == "treemap"
    assert "<script>" not in page.text
    assert " style=" not in page.text


def test_freezing_and_restating_by_their_pages(unions: dict[str, Union], sign_in: SignIn) -> None:
    client, march = sign_in(unions["EAST"]), {"period": "2022-03"}
    where = address(unions["EAST"], "freeze/", **march)
    assert client.get(address(unions["EAST"], **march)).context["freezing"].url
    assert client.post(where, {"reason": ""}).status_code == 422
    assert client.post(address(unions["EAST"], "freeze/"), {"reason": "年报定稿"}).status_code == 422
    assert client.post(where, {"reason": "月报定稿"}).status_code == 302
    assert client.post(where, {"reason": "月报定稿"}).status_code == 422
    restate = address(unions["EAST"], "x/restate/", **march)
    assert client.post(restate, {"reason": "补录一批"}).status_code == 422
    book(unions["FIRM"].pk, day=date(2022, 3, 5), qty=6)
    assert client.get(address(unions["EAST"], **march)).context["lines"][0].restate_url
    assert "冻结的数字是 4 人，账上现在是 10 人。" in client.get(restate).text
    assert client.post(restate, {"reason": "补录一批"}).status_code == 302
    assert (
        '<span class="unbroken">2022-09-10</span> 更正为 10：补录一批'
        in client.get(address(unions["EAST"], **march)).text
    )
    assert client.get(address(unions["EAST"], "x/restate/")).status_code == 404
    assert sign_in(unions["EAST"], Role.REVIEWER).post(restate, {"reason": "补录一批"}).status_code == 403


PAGES = ("", "x/", "targets/", "press/", "report.docx", "x/chart.svg")


@pytest.mark.sqlite  # PostgreSQL is asked for the size of a subtree first, which is a matter of its planner.
def test_a_page_costs_the_same_statements_for_few_unions_below_and_for_many(
    unions: dict[str, Union], sign_in: SignIn, sql_counts: Any
) -> None:
    client = sign_in(unions["CITY"])
    book(unions["WEST"].pk, day=date(2022, 3, 1), qty=9)
    for more in PAGES:
        client.get(address(unions["CITY"], more))
        with sql_counts.expect(f"report {more or 'card'}"):
            client.get(address(unions["CITY"], more))
    plans = [NewUnion(f"D{n}", f"D{n}工会", "district", "CITY", founded_on=FOUNDED) for n in range(12)]
    for union in found_unions(actor=SYSTEM, plans=plans):
        book(union.pk, day=date(2022, 3, 1))
    for more in PAGES:
        client.get(address(unions["CITY"], more))
        with sql_counts.expect(f"report {more or 'card'}"):
            client.get(address(unions["CITY"], more))
