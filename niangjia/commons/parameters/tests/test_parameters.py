"""Parameters: declared by rooms, published by unions, inherited down the tree, never edited."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.signals import request_finished, request_started
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext

from niangjia.commons.parameters import parameters, queries, registry
from niangjia.commons.parameters.models import ParameterVersion
from niangjia.commons.parameters.parameters import Parameter, Value, at, at_many, declare, publish, publish_inheritance
from niangjia.commons.unions import testing, tree
from niangjia.commons.unions.actions import close_union, move_union
from niangjia.commons.unions.roles import Role
from niangjia.kernel.errors import Conflict, NotAllowed, NotFound, RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.audit.models import AuditEntry

TODAY = date(2026, 3, 4)
APRIL = date(2026, 4, 1)
JUNE = date(2026, 6, 1)
CODE = "sample.answer_days"


@pytest.fixture
def city(clock, tree_of):
    return tree_of


@pytest.fixture(autouse=True)
def answer_days():
    yield declare(
        Parameter(CODE, _("答复期限"), "working_days", 15, _("工作日"), source="《办法》第三条", least=1, greatest=60)
    )
    registry.forget(CODE)


def put(union, value, day=TODAY, actor=testing.SYSTEM, code=CODE):
    return publish(actor=actor, code=code, union_id=union.pk, valid_from=day, value=value)


def worth(union, day=TODAY):
    return at(CODE, union.pk, day).value


def test_without_a_version_the_declared_default_holds(city):
    assert at(CODE, city["SHOP"].pk, TODAY) == Value(15, default=True)
    assert at(CODE, None, TODAY) == Value(15, default=True)


def test_the_nearest_union_above_decides(city):
    put(city["CITY"], 20)
    version = put(city["EAST"], 10)
    assert at(CODE, city["SHOP"].pk, TODAY) == Value(10, version.pk, city["EAST"].pk)
    assert worth(city["WEST-1"]) == 20
    assert worth(city["CITY"]) == 20
    assert at(CODE, None, TODAY).value == 20


def test_the_caller_names_the_day(city):
    put(city["EAST"], 10, APRIL)
    put(city["EAST"], 8, JUNE)
    days = (date(2026, 3, 31), APRIL, date(2026, 5, 31), JUNE, date(2030, 1, 1))
    assert [worth(city["FIRM"], day) for day in days] == [15, 10, 10, 8, 8]


def test_the_line_above_is_that_of_the_day(city):
    put(city["EAST"], 10)
    put(city["WEST"], 12)
    move_union(actor=testing.SYSTEM, union_id=city["FIRM"].pk, parent_id=city["WEST-1"].pk, day=APRIL)
    assert (worth(city["SHOP"], date(2026, 3, 31)), worth(city["SHOP"], APRIL)) == (10, 12)


def test_a_correction_for_the_same_day_is_a_further_revision(city):
    first, second = put(city["EAST"], 10, APRIL), put(city["EAST"], 11, APRIL)
    assert (first.revision, second.revision) == (1, 2)
    assert at(CODE, city["EAST"].pk, APRIL) == Value(11, second.pk, city["EAST"].pk)
    assert list(queries.history(CODE, city["EAST"].pk)) == [second, first]


def test_a_union_may_follow_the_union_above_again(city):
    put(city["CITY"], 20)
    put(city["EAST"], 10)
    publish_inheritance(actor=testing.SYSTEM, code=CODE, union_id=city["EAST"].pk, valid_from=APRIL)
    assert (worth(city["FIRM"], TODAY), worth(city["FIRM"], APRIL)) == (10, 20)


def test_many_unions_are_answered_as_one_is_in_two_statements(city):
    put(city["CITY"], 20)
    put(city["EAST"], 10)
    put(city["FIRM"], 5, APRIL)
    unions = [union.pk for union in city.values()]
    with CaptureQueriesContext(connection) as asked:
        found = at_many(CODE, [*unions, 10**9], APRIL)
    assert len(asked) == 2
    assert found == {union: at(CODE, union, APRIL) for union in unions}


def test_one_answer_takes_two_statements(city):
    with CaptureQueriesContext(connection) as asked:
        at(CODE, city["SHOP"].pk, TODAY)
    assert len(asked) == 2


@pytest.fixture
def connection_stays_open():
    """The end of a request also closes the connection, which a test still needs."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_a_request_looks_each_value_up_once(city, connection_stays_open):
    request_started.send(sender=None)
    try:
        with CaptureQueriesContext(connection) as asked:
            for _time in range(3):
                worth(city["SHOP"])
        assert len(asked) == 2
        put(city["EAST"], 10)
        assert worth(city["SHOP"]) == 10
    finally:
        request_finished.send(sender=None)
    with CaptureQueriesContext(connection) as asked:
        worth(city["SHOP"])
        worth(city["SHOP"])
    assert len(asked) == 4


def test_a_block_remembers_and_forgets(city):
    with parameters.remembered():
        worth(city["SHOP"])
        with CaptureQueriesContext(connection) as asked:
            worth(city["SHOP"])
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        worth(city["SHOP"])
    assert len(asked) == 2


def test_a_block_reads_once_what_a_line_has_published_and_answers_for_each_day(city):
    put(city["EAST"], 10)
    put(city["EAST"], 12, JUNE)
    with parameters.remembered(), tree.remembered():
        assert [worth(city["SHOP"], day) for day in (TODAY, APRIL, JUNE)] == [10, 10, 12]
        with CaptureQueriesContext(connection) as asked:
            assert worth(city["SHOP"], date(2026, 7, 1)) == 12
        assert not [query for query in asked if "parameterversion" in query["sql"]]
        put(city["EAST"], 20, APRIL)
        assert [worth(city["SHOP"], day) for day in (TODAY, APRIL, JUNE)] == [10, 20, 12]


@pytest.mark.parametrize("code", ["", "no.such", CODE.upper()])
def test_an_undeclared_parameter_is_not_found(city, code):
    with pytest.raises(NotFound, match="PARAMETER_UNKNOWN"):
        at(code, city["EAST"].pk, TODAY)
    with pytest.raises(NotFound, match="PARAMETER_UNKNOWN"):
        put(city["EAST"], 1, code=code)


def test_an_unknown_union_is_not_found(city):
    with pytest.raises(NotFound, match="UNION_NOT_FOUND"):
        at(CODE, 10**9, TODAY)


@pytest.mark.parametrize("value", [0, 61, -1, 1.5, "15", None, True, [], {}, float("nan")])
def test_a_value_that_does_not_fit_is_refused_with_a_sentence(city, unchanged, value):
    with unchanged(), pytest.raises(RuleBroken, match="PARAMETER_VALUE") as refused:
        put(city["EAST"], value)
    assert str(refused.value.fields["value"][0])


@pytest.mark.parametrize(
    "write", ["UPDATE parameters_parameterversion SET value = '99'", "DELETE FROM parameters_parameterversion"]
)
def test_what_is_published_is_never_changed(city, write):
    put(city["EAST"], 10)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(write)
    assert worth(city["EAST"]) == 10


def test_publishing_is_audited_with_its_ground(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    version = publish(
        actor=officer, code=CODE, union_id=city["EAST-1"].pk, valid_from=APRIL, value=7, reason="街道工会决定"
    )
    entry = AuditEntry.objects.get(action="parameters.version.published")
    assert (entry.subject_id, entry.node_id) == (str(version.pk), city["EAST-1"].pk)
    assert (entry.ground, entry.reason) == (f"union_officer@{city['EAST'].pk}", "街道工会决定")
    assert entry.data == {"code": CODE, "valid_from": "2026-04-01", "revision": 1, "value": 7}
    assert version.published_by_id == officer.user_id


@pytest.mark.parametrize(
    ("offices", "target", "error"),
    [
        ([("EAST", Role.UNION_OFFICER)], "WEST", NotFound),
        ([("EAST-1", Role.UNION_OFFICER)], "EAST", NotFound),
        ([("EAST", Role.REVIEWER)], "EAST", NotAllowed),
        ([("EAST", Role.SECURITY_ADMIN)], "EAST", NotAllowed),
    ],
)
def test_who_has_no_office_there_publishes_nothing(city, unchanged, offices, target, error):
    actor = testing.an_officer([(city[code], role) for code, role in offices])
    with unchanged(), pytest.raises(error):
        put(city[target], 10, actor=actor)


def test_people_do_not_publish_into_the_past(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    with pytest.raises(RuleBroken, match="DAY_PAST"):
        put(city["EAST"], 10, date(2026, 3, 3), actor=officer)
    assert put(city["EAST"], 10, date(2026, 3, 3)).revision == 1
    with pytest.raises(RuleBroken, match="BEFORE_FOUNDING"):
        put(city["EAST"], 10, date(2019, 12, 31))


def test_a_closed_union_publishes_nothing(city):
    close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk)
    with pytest.raises(Conflict, match="UNION_CLOSED"):
        put(city["SHOP"], 10)


def test_a_parameter_may_be_kept_to_some_levels(city):
    declare(Parameter("sample.city_only", _("全市标准"), "fen", 100, kinds=("city",)))
    try:
        assert put(city["CITY"], 200, code="sample.city_only").value == 200
        with pytest.raises(RuleBroken, match="PARAMETER_KIND"):
            put(city["EAST"], 300, code="sample.city_only")
    finally:
        registry.forget("sample.city_only")


def test_the_same_declaration_twice_is_one_and_a_different_one_is_a_mistake(answer_days):
    assert declare(answer_days) is answer_days
    with pytest.raises(ValueError, match="declared twice"):
        declare(Parameter(CODE, _("答复期限"), "working_days", 14))
    assert answer_days in registry.declared()


def test_a_default_must_fit_its_own_schema():
    with pytest.raises(ValueError, match="default does not fit"):
        declare(Parameter("sample.bad", _("坏的"), "int", "5"))
    with pytest.raises(NotFound):
        registry.find("sample.bad")


def test_a_version_has_a_value_or_inherits(city):
    for wrong in ({"value": 1, "inherits": True}, {"value": None, "inherits": False}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ParameterVersion.objects.create(code=CODE, union=city["EAST"], valid_from=TODAY, **wrong)
