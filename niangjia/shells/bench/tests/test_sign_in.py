"""A difference in time is found, and one in status does not even need a clock."""

import time

import pytest

from niangjia.shells.bench.sign_in import in_turn, lines


def asker(seconds, status=422):
    def ask():
        time.sleep(seconds)
        return status

    return ask


def test_who_is_answered_later_stands_out():
    found = in_turn({"known": asker(0.006), "unknown": asker(0.002)}, 0.2)
    told = {line.name: line.value for line in lines("asked", found, "unknown")}
    assert told["asked, known to unknown"] > 150
    assert told["asked, unknown: median"] >= 2


def test_who_is_answered_alike_does_not():
    found = in_turn({"known": asker(0.01), "unknown": asker(0.01)}, 0.3)
    told = {line.name: line.value for line in lines("asked", found, "unknown")}
    assert 80 < told["asked, known to unknown"] < 125


def test_another_status_is_an_error_at_once():
    with pytest.raises(AssertionError, match="422"):
        in_turn({"known": asker(0), "unknown": asker(0, status=404)}, 0.01)
