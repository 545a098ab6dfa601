"""Saved filters: one's own, by name, in one order, and never more than what is looked for."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import DomainError
from niangjia.platform.testing.clients import staff_client
from niangjia.platform.testing.kept import kept
from niangjia.platform.testing.sql_counts import statements
from niangjia.platform.web import saved
from niangjia.platform.web.models import SavedFilter

pytestmark = pytest.mark.django_db
MEMBERS, HERE = "people.members", "/console/people/"


@pytest.fixture
def tree():
    return kept(unions.small_tree)


@pytest.fixture
def officer(tree) -> Actor:
    return unions.an_officer([(tree["EAST-1"], Role.UNION_OFFICER)], "east")


@pytest.fixture
def desk(officer) -> Client:
    desk = staff_client(officer)
    desk.get(HERE)  # the list's module registers it
    return desk


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("sort=-since&category=courier&page=3&size=100&export=xlsx", "category=courier&sort=-since"),
        ("category=&new_form=yes", "new_form=yes"),
        ("columns=sex&columns=age", "columns=age&columns=sex"),
        ("name=%00%20%E5%BC%A0%20", "name=%E5%BC%A0"),
        ("", ""),
        ("page=2", ""),
        ("csrfmiddlewaretoken=secret&name=a", "name=a"),
        ("name=" + "a" * 500, "name=" + "a" * 100),
    ],
)
def test_only_what_is_looked_for_is_kept_and_in_one_order(query, kept):
    assert saved.normal(query) == saved.normal(QueryDict(query)) == kept


def test_a_filter_is_saved_shown_as_a_chip_and_deleted(desk):
    page = desk.get(f"{HERE}?new_form=yes&page=1").text
    assert "保存当前筛选" in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "a label must not point at a field of the other form"
    answer = desk.post("/console/filters/", {"list": MEMBERS, "query": "new_form=yes&page=1", "name": " 新业态 "})
    assert answer["Location"] == f"{HERE}?new_form=yes"
    page = desk.get(answer["Location"]).text
    assert 'href="/console/people/?new_form=yes" aria-current="true"' in page
    assert "保存当前筛选" not in page
    gone = desk.post("/console/filters/delete/", {"filter": SavedFilter.objects.get().public_id, "query": ""})
    assert gone["Location"] == HERE
    assert "新业态" not in desk.get(HERE).text.replace("已保存筛选", "")
    assert not SavedFilter.objects.exists()


def test_the_same_name_again_replaces_what_it_stood_for(officer, desk):
    for query in ("new_form=yes", "new_form=no"):
        saved.keep(actor=officer, list_code=MEMBERS, name="常用", query=query)
    assert [(chip.name, chip.url) for chip in saved.chips(officer, MEMBERS, "")] == [("常用", f"{HERE}?new_form=no")]


def test_filters_are_ones_own(tree, officer, desk):
    kept = saved.keep(actor=officer, list_code=MEMBERS, name="常用", query="new_form=yes")
    other = unions.an_officer([(tree["EAST-1"], Role.UNION_OFFICER)], "colleague")
    assert saved.chips(other, MEMBERS, "") == []
    assert code_of(lambda: saved.forget(actor=other, public_id=kept.public_id)) == "NOT_FOUND"
    assert SavedFilter.objects.count() == 1


def test_a_link_that_is_sent_shows_only_what_its_reader_may_see(tree, officer, desk):
    from niangjia.commons.people.testing import a_member

    a_member(tree["FIRM"], "欧阳建国")
    kept = saved.keep(actor=officer, list_code=MEMBERS, name="欧阳", query="name=欧阳")
    link = saved.chips(officer, MEMBERS, "")[0].url
    assert "欧阳建国" in desk.get(link).text
    elsewhere = staff_client(unions.an_officer([(tree["WEST-1"], Role.UNION_OFFICER)], "west"))
    assert "欧阳建国" not in elsewhere.get(link).text
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, query FROM web_savedfilter WHERE id = %s", [kept.pk])
        assert all("欧阳" not in str(bytes(value), "utf-8", "ignore") for value in cursor.fetchone())


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"name": ""}, "FILTER_NAME"),
        ({"name": "\u200b \x00"}, "FILTER_NAME"),
        ({"name": "名" * 31}, "FILTER_NAME"),
        ({"query": "page=2"}, "FILTER_EMPTY"),
        ({"query": "&".join(f"p{n}=" + "x" * 90 for n in range(20))}, "FILTER_TOO_LONG"),
        ({"list_code": "nothing"}, "NO_SUCH_LIST"),
    ],
)
def test_what_cannot_be_saved_is_refused(officer, desk, said, code):
    given = {"list_code": MEMBERS, "name": "常用", "query": "new_form=yes"} | said
    assert code_of(lambda: saved.keep(actor=officer, **given)) == code
    assert not SavedFilter.objects.exists()


def test_at_most_twenty_are_kept_of_a_list(officer, desk):
    for number in range(saved.MOST):
        saved.keep(actor=officer, list_code=MEMBERS, name=f"第{number}个", query="new_form=yes")
    assert code_of(lambda: saved.keep(actor=officer, list_code=MEMBERS, name="又一个", query="q=x")) == "FILTERS_FULL"
    saved.keep(actor=officer, list_code=MEMBERS, name="第3个", query="new_form=no")
    with statements() as made:
        assert len(saved.chips(officer, MEMBERS, "new_form=no")) == saved.MOST
    assert len(made) == 1


def test_a_refusal_is_told_on_the_list_as_it_stood(desk):
    answer = desk.post("/console/filters/", {"list": MEMBERS, "query": "new_form=yes", "name": ""}, follow=True)
    assert answer.redirect_chain[0][0] == f"{HERE}?new_form=yes"
    assert "请给筛选起一个名字" in answer.text


def test_members_and_strangers_save_nothing(officer, desk):
    member = Actor(ActorKind.MEMBER, user_id=officer.user_id)
    assert code_of(lambda: saved.keep(actor=member, list_code=MEMBERS, name="常用", query="q=x")) == "STAFF_ONLY"
    assert Client().post("/console/filters/", {"list": MEMBERS}).status_code == 302


def test_the_list_of_applications_has_saved_filters_too(desk):
    desk.get("/console/joining/?tab=review&category=courier")
    form = {"list": "joining.applications", "query": "tab=review&category=courier", "name": "骑手"}
    assert desk.post("/console/filters/", form)["Location"] == "/console/joining/?category=courier&tab=review"
    assert "骑手" in desk.get("/console/joining/").text
