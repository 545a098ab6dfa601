import pytest
from django.test import RequestFactory

from niangjia.kernel.text import _
from niangjia.platform.accounts.models import User
from niangjia.platform.testing.sql_counts import statements
from niangjia.platform.web.lists import Column, Filter, ListPage

pytestmark = pytest.mark.django_db

COLUMNS = [
    Column("name", _("姓名"), lambda user: user.display_name, sort="display_name", url=lambda user: f"/u/{user.pk}/"),
    Column("since", _("日期"), lambda user: user.created_at, kind="moment", sort="created_at"),
    Column("active", _("可用"), lambda user: user.is_active, optional=True),
]
FILTERS = [
    Filter("q", _("姓名"), lambda rows, text: rows.filter(display_name__startswith=text)),
    Filter("state", _("状态"), lambda rows, value: rows.filter(is_active=value == "on"), [("on", "开"), ("off", "关")]),
]


def listing(address: str = "") -> ListPage:
    return ListPage(
        RequestFactory().get(f"/x/{address}"), User.objects.all(), COLUMNS, FILTERS, order="display_name", size=10
    )


@pytest.fixture(autouse=True)
def people(request: pytest.FixtureRequest) -> None:
    User.objects.bulk_create(User(display_name=f"n{n:03d}", is_active=n % 3 > 0) for n in range(25))


def names(page: ListPage) -> list[str]:
    return [cells[0].value for _row, cells in page.lines()]


@pytest.mark.parametrize("size", [10, 100])
def test_a_page_costs_two_statements_whatever_its_size(size: int) -> None:
    with statements() as made:
        page = listing(f"?size={size}")
        assert len(names(page)) == min(size, 25)
        assert page.page.total == 25
    assert len(made) == 2


def test_filters_narrow_and_foreign_choices_are_not_heard() -> None:
    assert names(listing("?q=n00&state=off")) == ["n000", "n003", "n006", "n009"]
    odd = listing("?state=sideways")
    assert odd.page.total == 25
    assert not odd.is_filtered


def test_only_declared_columns_sort_and_a_second_click_turns_the_order() -> None:
    assert names(listing("?sort=-display_name"))[0] == "n024"
    assert names(listing("?sort=password"))[0] == "n000"
    head = listing("?q=n&page=2").headings[0]
    assert (head.direction, head.url) == ("ascending", "?q=n&sort=-display_name")


def test_pages_do_not_overlap_when_the_order_ties() -> None:
    User.objects.update(display_name="same")
    seen = [row.pk for number in (1, 2, 3) for row, _cells in listing(f"?page={number}").lines()]
    assert len(set(seen)) == 25


def test_optional_columns_appear_when_chosen() -> None:
    assert [column.key for column in listing().shown] == ["name", "since"]
    assert [column.key for column in listing("?columns=active").shown] == ["name", "since", "active"]


def test_an_export_notes_who_is_in_it_before_anything_leaves() -> None:
    noted: list[int] = []
    answer = listing("?q=n00").export("list", lambda rows: noted.append(len(rows)))
    assert noted == [10]
    assert b"".join(answer)[:2] == b"PK"  # type: ignore[call-overload]


def test_nul_and_endless_text_in_the_address_do_no_harm() -> None:
    assert listing("?q=%00n001").page.total == 1
    assert listing("?q=" + "n" * 5000).page.total == 0
