from datetime import UTC, datetime, timedelta

import pytest

from niangjia.kernel import clock as kernel_clock
from niangjia.platform.testing.fingerprint import changed, fingerprint
from niangjia.platform.testing.races import at_once, two_connections
from niangjia.platform.testing.sql_counts import Baselines, statements


def test_the_clock_stands_and_moves_only_when_told(clock):
    before = kernel_clock.now()
    assert kernel_clock.now() == before
    clock.forward(days=1, seconds=1)
    assert kernel_clock.now() - before == timedelta(days=1, seconds=1)
    clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    assert clock.today.isoformat() == "2030-01-01"


def test_the_clock_runs_again_after_the_test():
    assert kernel_clock.is_real()


@pytest.fixture
def table(transactional_db):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE testing_counter (id integer PRIMARY KEY, n integer NOT NULL)")
        cursor.execute("INSERT INTO testing_counter VALUES (1, 0)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE testing_counter")


def value():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM testing_counter")
        return cursor.fetchone()[0]


def write(number):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE testing_counter SET n = %s", [number])


def test_two_connections_show_a_lost_update(table):
    def careless(meet):
        read = value()
        assert meet()
        write(read + 1)

    assert all(outcome.ok for outcome in two_connections(careless, careless))
    assert value() == 1


def test_an_update_in_the_database_is_not_lost(table):
    def careful():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("UPDATE testing_counter SET n = n + 1")

    assert all(outcome.ok for outcome in at_once([careful] * 8))
    assert value() == 8


def test_the_error_of_one_caller_is_kept_beside_the_value_of_the_other(table):
    def failing():
        raise ValueError("no")

    first, second = two_connections(failing, value)
    assert isinstance(first.error, ValueError)
    assert second.value == 0


def test_the_fingerprint_names_the_table_that_changed(table, unchanged):
    before = fingerprint()
    write(5)
    assert changed(before, fingerprint()) == ["testing_counter"]
    assert changed(before, fingerprint(ignore={"testing_counter"})) == ["testing_counter"]
    with pytest.raises(AssertionError, match="testing_counter"), unchanged():
        write(6)
    with unchanged(ignore={"testing_counter"}):
        write(7)


def test_statements_are_counted_without_transaction_frames(table):
    from django.db import transaction

    with statements() as made, transaction.atomic():
        value()
        write(1)
    assert len(made) == 2


def test_a_baseline_fails_on_more_and_on_fewer_statements(table, tmp_path, monkeypatch):
    baselines = Baselines(tmp_path)
    monkeypatch.delenv("NIANGJIA_WRITE_SQL_COUNTS", raising=False)
    with pytest.raises(AssertionError, match="no baseline"), baselines.expect("read"):
        value()
    monkeypatch.setenv("NIANGJIA_WRITE_SQL_COUNTS", "1")
    with baselines.expect("read"):
        value()
    monkeypatch.delenv("NIANGJIA_WRITE_SQL_COUNTS")
    with baselines.expect("read"):
        value()
    with pytest.raises(AssertionError, match="2 statements instead of 1"), baselines.expect("read"):
        value()
        value()
    with pytest.raises(AssertionError, match="0 statements instead of 1"), baselines.expect("read"):
        pass
