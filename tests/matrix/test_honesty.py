"""The matrix is worth something: each flaw that is planted on purpose turns it red, and the right oracle says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.http import HttpResponse

from niangjia.commons.people import policies as people
from niangjia.commons.unions import scope
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotAllowed, NotFound
from niangjia.kernel.policy import allow
from niangjia.kernel.text import Text
from niangjia.platform.accounts import gates
from niangjia.platform.notices import queries as notices
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data import masks
from niangjia.platform.testing.fingerprint import changed, fingerprint
from niangjia.services.joining import console, lists, policies, queries
from niangjia.services.joining.models import Application
from tests.matrix.crawl import undone
from tests.matrix.routes import inventory
from tests.matrix.table import table

pytestmark = pytest.mark.django_db
TABLE = table()
DETAIL = "/console/joining/<slug:public_id>/"
ANSWER = "/console/joining/<slug:public_id>/<slug:event>/"
API_ONE = "/api/v1/joining/applications/<public_id>"


@pytest.fixture
def oracles(crawler):
    """``oracles(path, *names)``: which oracles speak when these actors call that address."""

    def ask(path, *names):
        actors = {name: crawler.world.actors[name] for name in names}
        whole = replace(crawler, by_rights=False)
        return {finding.oracle for finding in whole.row(path, TABLE[path], inventory()[path], actors)}

    return ask


def every_application(actor):
    return Application.objects.filter(pk__gt=0) if actor.user_id else Application.objects.none()


def drop_scope_of_applications(patch):
    patch.setattr(policies, "visible_applications", every_application)


def drop_scope_of_everything(patch):
    patch.setattr(scope, "_reaching", lambda field, paths: scope.Q())


def drop_scope_of_people(patch):
    patch.setattr(people, "visible_people", lambda actor: people.Person.objects.canonical())


def drop_scope_of_the_list_only(patch):
    patch.setattr(policies, "listed_applications", every_application)
    patch.setattr(lists, "policies", policies)


def drop_the_role(patch):
    patch.setattr(policies, "READERS", tuple(Role))


def let_the_employers_agent_in(patch):
    patch.setattr(policies, "READERS", (Role.UNION_OFFICER, Role.REVIEWER, Role.EMPLOYER_AGENT))


def let_anybody_decide(patch):
    patch.setattr(policies, "may_decide", lambda actor, application: allow("planted"))


def let_who_is_above_decide(patch):
    def decide(actor: Actor, application: Application):
        return allow("planted") if actor.grants_of(Role.UNION_OFFICER) else policies.refuse("NO", Text("no"))

    patch.setattr(policies, "may_decide", decide)


def open_the_gates(patch):
    patch.setattr(gates, "refusal", lambda gate, session, address: None)


def forget_the_mask(patch):
    patch.setattr(masks, "mask_id_number", lambda number: number)


def tell_hidden_from_missing(patch):
    def found(actor, public_id):
        row = Application.objects.with_unions().filter(public_id=public_id).first()
        if row is None:
            raise NotFound("NOT_FOUND", Text("no such application"))
        if not policies.visible_applications(actor).filter(pk=row.pk).exists():
            raise NotAllowed("NOT_YOURS", Text("not yours"))
        return row

    patch.setattr(queries, "application_for", found)


def open_anybodys_notice(patch):
    patch.setattr(notices, "message_for", lambda user_id, key: Message.objects.get(public_id=key))


def fail(patch):
    patch.setattr(console.queries, "open_for_reading", lambda actor, key: 1 // 0)


FLAWS = [
    (drop_scope_of_applications, DETAIL, ["officer"], "leak"),
    (drop_scope_of_applications, "/joining/<slug:public_id>/", ["waiting@EAST-1"], "leak"),
    (drop_scope_of_applications, API_ONE, ["agent"], "leak"),
    (drop_scope_of_applications, ANSWER, ["sibling"], "status"),
    (drop_scope_of_the_list_only, "/console/joining/", ["sibling"], "leak"),
    (drop_scope_of_everything, "/console/people/", ["officer"], "leak"),
    (drop_scope_of_everything, "/console/unions/<slug:public_id>/", ["officer"], "status"),
    (drop_scope_of_people, "/console/people/<slug:public_id>/", ["hotline"], "leak"),
    (drop_scope_of_people, "/console/search/", ["foreigner"], "leak"),
    (drop_the_role, DETAIL, ["stall"], "leak"),
    (drop_the_role, DETAIL, ["system_admin"], "leak"),
    (let_the_employers_agent_in, "/console/joining/", ["agent"], "leak"),
    (let_anybody_decide, ANSWER, ["reviewer"], "change"),
    (let_anybody_decide, "/api/v1/joining/approve-many", ["district"], "change"),
    (let_who_is_above_decide, ANSWER, ["district"], "change"),
    (open_the_gates, "/console/joining/", ["pending"], "status"),
    (open_the_gates, "/api/v1/joining/applications", ["anonymous"], "status"),
    (forget_the_mask, DETAIL, ["officer"], "leak"),
    (forget_the_mask, API_ONE, ["reviewer"], "leak"),
    (tell_hidden_from_missing, DETAIL, ["sibling"], "told_apart"),
    (open_anybodys_notice, "/mine/notices/open/", ["waiting@EAST-1"], "change"),
    (fail, DETAIL, ["officer"], "failure"),
]


@pytest.mark.parametrize(("plant", "path", "names", "oracle"), FLAWS, ids=lambda part: getattr(part, "__name__", None))
def test_a_planted_flaw_turns_the_matrix_red(oracles, monkeypatch, plant, path, names, oracle):
    plant(monkeypatch)
    assert oracle in oracles(path, *names)


@pytest.mark.parametrize("path", sorted({path for _plant, path, _names, _oracle in FLAWS}))
def test_without_the_flaw_the_same_calls_are_green(oracles, path):
    names = {name for _plant, where, names, _oracle in FLAWS if where == path for name in names}
    assert oracles(path, *sorted(names)) == set()


def test_the_table_notices_a_new_address_and_a_row_too_many(monkeypatch):
    monkeypatch.setattr("tests.matrix.routes._walk", lambda *_: [("/planted/", lambda request: HttpResponse())])
    assert inventory() == {"/planted/": {"GET", "POST"}}
    assert inventory().keys() - TABLE.keys() == {"/planted/"}
    assert TABLE.keys() - inventory().keys() == TABLE.keys()


def test_the_watch_sees_every_table_that_a_move_changes(crawler):
    """What is compared after each call is chosen by the statements seen: it must be all that a full look finds."""
    from niangjia.services.joining import actions

    key = crawler.world.at("application", "EAST-1").key
    with undone() as written:
        before = fingerprint()
        actions.approve(public_id=key, actor=crawler.world.officers["officer"])
        tables = changed(before, fingerprint())
        seen = written()
    assert len(tables) > 8
    assert set(tables) <= seen
    assert changed(before, fingerprint()) == [], "a call is undone"
