"""When too many requests come, or the database does not answer: told when to come again, and nothing is lost."""

from __future__ import annotations

import psycopg
import pytest
from django.db import OperationalError, connection

from niangjia.services.offers.rush import flood
from niangjia.services.offers.tests.test_api import Caller, nothing_reserved, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(world, offer):
    return Caller(offer, world.member)


def test_a_hundred_requests_of_one_member_e64(world, offer, caller):
    codes = [caller.reserve(item="abc").status_code for _number in range(flood.BURST + 20)]
    assert codes[: flood.BURST] == [404] * flood.BURST
    assert set(codes) == {404, 429}
    assert codes.count(404) < flood.BURST + 10, "more come back in the time of this test than one a second"
    while (answer := caller.reserve(item="abc")).status_code != 429:
        pass
    assert told(answer) == (429, "TOO_MANY")
    assert int(answer.headers["Retry-After"]) >= 1
    assert Caller(offer, world.second).reserve().status_code == 201


def broken(error, times=99):
    """The database fails this way, so often, at the first statement of each try."""
    failures = iter([error] * times)

    def execute(execute, sql, params, many, context):
        failure = next(failures, None) if "offers_campaign" in sql else None
        if failure is not None:
            raise OperationalError("no") from failure
        return execute(sql, params, many, context)

    return connection.execute_wrapper(execute)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(psycopg.errors.AdminShutdown(), id="E65 the database is gone"),
        pytest.param(psycopg.errors.QueryCanceled(), id="E67 the standby does not confirm"),
        pytest.param(psycopg.errors.DiskFull(), id="E68 the disk is full"),
        pytest.param(psycopg.errors.TooManyConnections(), id="E69 no connection is free"),
    ],
)
def test_a_database_that_cannot(caller, error):
    caller.reserve(item="abc")  # the campaign is remembered
    with broken(error):
        answer = caller.reserve()
    assert told(answer) == (503, "BUSY")
    assert int(answer.headers["Retry-After"]) >= 1
    assert nothing_reserved()
    assert caller.reserve().status_code == 201


@pytest.mark.parametrize("error", [psycopg.errors.DeadlockDetected(), psycopg.errors.SerializationFailure()])
def test_what_the_database_undid_because_of_others_is_done_again_with_the_same_key(caller, error):
    caller.reserve(item="abc")
    with broken(error, times=2):
        assert caller.reserve(key="k1").status_code == 201
    with broken(error, times=3):
        assert told(caller.reserve(key="k2")) == (503, "BUSY")
