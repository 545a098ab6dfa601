"""The menu says where the reader is, once."""

from __future__ import annotations

from niangjia.platform.web.context import NavItem, _nearest_only


def test_of_nested_entries_only_the_deepest_is_current():
    items = [
        NavItem("普惠活动", "gift", "/console/offers/", True),
        NavItem("核销", "scan", "/console/offers/counter/", True),
        NavItem("会员", "users", "/console/people/", False),
    ]
    assert [item.current for item in _nearest_only(items)] == [False, True, False]


def test_nothing_is_current_on_a_page_of_no_entry():
    assert not _nearest_only([NavItem("会员", "users", "/console/people/", False)])[0].current
