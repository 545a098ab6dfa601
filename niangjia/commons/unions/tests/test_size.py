"""A tree of a hundred thousand unions is read by its index, in as many statements as a small one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from niangjia.commons.unions import grants, queries, responsible, scope, testing, tree
from niangjia.commons.unions.actions import appoint, move_union
from niangjia.commons.unions.carrying import Stretch
from niangjia.commons.unions.carrying import statements as statements_of_a_move
from niangjia.commons.unions.kinds import UnionKind
from niangjia.commons.unions.models import Employer, Union, UnionSpan
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind, Grant

pytestmark = pytest.mark.django_db

UNIONS = 101_191


@pytest.fixture(scope="module")
def grown(django_db_setup, django_db_blocker):
    """The big tree, made once for this module and taken away after it."""
    with django_db_blocker.unblock():
        firsts = testing.grown_tree()
        yield firsts
        testing.fell_tree()


def plan_of(rows) -> str:
    """How the database goes about it: an index is searched, never read from end to end."""
    plan = rows.explain()
    scanned = "Seq Scan on unions_unionspan" if connection.vendor == "postgresql" else "SCAN "
    assert scanned not in plan, plan
    return plan


def officer_of(union_id: int) -> Actor:
    return Actor(ActorKind.STAFF, user_id=1, grants=(Grant("union_officer", union_id, tree.path_of(union_id)),))


def test_the_tree_is_as_big_as_meant(grown):
    assert Union.objects.count() == UNIONS
    assert tree.spans().count() == UNIONS
    assert len(tree.below(grown[UnionKind.DISTRICT])) == 1 + 12 + 120 + 3240
    assert len(tree.below(grown[UnionKind.ASSOCIATION])) == 28


@pytest.mark.parametrize("kind", [UnionKind.DISTRICT, UnionKind.STREET, UnionKind.ASSOCIATION, UnionKind.PRIMARY])
def test_a_subtree_is_a_range_of_the_index(grown, kind):
    assert "span_by_path" in plan_of(tree.below(grown[kind]))


@pytest.mark.parametrize("kind", [UnionKind.DISTRICT, UnionKind.STREET, UnionKind.ASSOCIATION])
def test_what_an_office_reaches_is_found_by_the_index(grown, kind):
    actor = officer_of(grown[kind])
    assert "span_by_path" in plan_of(Union.objects.filter(scope.within(actor, field="pk")))


def test_a_path_and_the_children_are_found_by_an_index(grown):
    plan_of(tree.spans().filter(union_id=grown[UnionKind.PRIMARY]))
    plan_of(tree.spans().filter(parent_id=grown[UnionKind.STREET]))
    plan_of(tree.children(grown[UnionKind.STREET]))


def statements(act) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


@pytest.mark.parametrize("kind", [UnionKind.DISTRICT, UnionKind.STREET, UnionKind.PRIMARY])
def test_reading_takes_the_same_statements_at_every_height(grown, kind):
    union = grown[kind]
    actor = officer_of(union)
    assert statements(lambda: tree.path_of(union)) == 1
    assert statements(lambda: tree.ancestors(union)) == 2
    assert statements(lambda: list(tree.below(tree.path_of(union)))) == 2
    assert statements(lambda: Union.objects.filter(scope.within(actor, field="pk")).count()) == 1
    assert statements(lambda: scope.require(actor, union, "union_officer")) == 1
    assert statements(lambda: queries.in_sight(actor, union)) == 1
    assert statements(lambda: tree.responsible_for("110101001")) == 1
    assert statements(lambda: list(tree.children(union))) == 1


def test_grants_take_one_statement(grown):
    user = testing.a_user()
    appoint(actor=testing.SYSTEM, user_id=user.pk, union_id=grown[UnionKind.STREET], role=Role.UNION_OFFICER)
    assert statements(lambda: grants.of_user(user.pk)) == 1


def test_a_move_takes_the_same_statements_whatever_hangs_below(grown):
    def moved(kind, number):
        unions = UnionSpan.objects.filter(union__kind=kind, axis="affiliation").order_by("union_id")
        span, other = unions[number], unions.exclude(parent_id=unions[number].parent_id)[0]
        return statements(
            lambda: move_union(actor=testing.SYSTEM, union_id=span.union_id, parent_id=other.parent_id)
        ), tree.below(span.union_id).count()

    (leaf, one), (street, many) = moved(UnionKind.PRIMARY, 5), moved(UnionKind.STREET, 5)
    assert (one, many) == (1, 1 + 10 + 270)
    assert leaf == street <= 16


def test_the_statements_of_a_move_find_their_spans_by_the_index(grown):
    """A subtree of 271 in a tree of a hundred thousand; only what is planned is looked at, nothing is written."""
    span = tree.span_of(grown[UnionKind.STREET])
    stretch = Stretch(span.union_id, 1, span.axis, clock.today(), None, span.path, f"1.{span.union_id}.", -1)
    word = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    for statement in statements_of_a_move():
        with connection.cursor() as cursor:
            cursor.execute(word + statement, stretch.values())
            plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
        assert "span_by_path" in plan
        assert "Seq Scan on unions_unionspan" not in plan, plan
        assert "SCAN " not in plan, plan


def test_a_worker_is_answered_by_the_same_statements(grown):
    union = Union.objects.get(pk=grown[UnionKind.PRIMARY])
    Union.objects.filter(pk=union.pk).update(accepts_members=True)
    employer = Employer(union=union)
    assert statements(lambda: responsible.for_worker(employer=employer)) <= 2
