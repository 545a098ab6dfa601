from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from niangjia.kernel import clock


def test_now_is_aware_and_is_the_machines_own_unless_told_otherwise():
    assert clock.is_real()
    assert abs(datetime.now(UTC) - clock.now()) < timedelta(seconds=5)
    assert clock.now().utcoffset() == timedelta(0)


def test_a_day_begins_at_midnight_in_shanghai():
    with clock.travelling(datetime(2026, 3, 4, 15, 59, 59, tzinfo=UTC)):
        assert clock.today() == date(2026, 3, 4)
    with clock.travelling(datetime(2026, 3, 4, 16, 0, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 3, 5)


def test_travelling_holds_the_clock_and_gives_it_back_even_after_an_error():
    with clock.travelling(date(2026, 3, 4)):
        assert clock.now() == clock.moment(date(2026, 3, 4), time(12, 0))
        assert not clock.is_real()
        with clock.travelling(date(2027, 1, 1)):
            assert clock.today() == date(2027, 1, 1)
        assert clock.today() == date(2026, 3, 4)
    with pytest.raises(KeyError), clock.travelling(date(2026, 3, 4)):
        raise KeyError
    assert clock.is_real()


def test_a_file_may_say_what_time_it_is(tmp_path, monkeypatch):
    moment = tmp_path / "clock"
    moment.write_text("2026-03-05T00:30:00+08:00\n")
    monkeypatch.setenv("NIANGJIA_CLOCK", f"file:{moment}")
    assert clock.now() == datetime(2026, 3, 4, 16, 30, tzinfo=UTC)
    assert clock.today() == date(2026, 3, 5)
    assert not clock.is_real()
    moment.write_text("2026-03-06T00:30:00+08:00")
    assert clock.today() == date(2026, 3, 6)


@given(st.dates(date(1992, 1, 1), date(2900, 1, 1)), st.times())
def test_a_moment_lies_in_its_own_day(day, at):
    assert clock.day_of(clock.moment(day, at)) == day


def test_moments_are_eight_hours_behind_shanghais_wall_clocks():
    assert clock.moment(date(2026, 3, 4)) == datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
