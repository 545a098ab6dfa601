"""Work by the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from niangjia.kernel.clock import moment
from niangjia.kernel.text import text
from niangjia.platform.jobs import registry, schedule, worker
from niangjia.platform.jobs.models import Job, Tick
from niangjia.platform.testing.races import at_once

pytestmark = pytest.mark.django_db


def test_due_moments_are_counted_in_shanghai(works):
    nightly = registry.Task("x", text("测试"), lambda job: None, 1, "quick", timedelta(hours=1), "30 1 * * *")
    now = datetime(2026, 3, 4, 17, 30, tzinfo=UTC)
    assert nightly.latest_due(now) == now, "half past one in Shanghai is half past five in the afternoon in UTC"
    assert nightly.latest_due(now - timedelta(seconds=1)) == now - timedelta(days=1)
    fifth = registry.Task("x", text("测试"), lambda job: None, 1, "quick", timedelta(hours=1), "* * * * * */5")
    assert fifth.latest_due(datetime(2026, 3, 4, 0, 0, 7, 900_000, tzinfo=UTC)).second == 5


def test_new_work_begins_with_its_next_moment(works, clock):
    assert schedule.enqueue_due() == 0
    assert not Job.objects.exists()
    clock.forward(minutes=5)
    assert schedule.enqueue_due() == 1
    assert schedule.enqueue_due() == 0


def test_each_moment_is_done_once_and_missed_ones_are_made_up_for_by_one(table, clock):
    schedule.enqueue_due()
    clock.forward(hours=7)
    assert schedule.enqueue_due() == 1
    worker.drain()
    clock.forward(minutes=4)
    assert schedule.enqueue_due() == 0
    clock.forward(minutes=1)
    assert schedule.enqueue_due() == 1
    worker.drain()
    assert table.effects() == [1, 1]
    assert Job.objects.order_by("-id").first().result == {"due_at": moment(date(2026, 3, 4), time(17, 5)).isoformat()}


def test_a_moment_is_passed_over_while_the_last_run_is_not_finished(works, clock):
    schedule.enqueue_due()
    for _turn in range(4):
        clock.forward(minutes=5)
        schedule.enqueue_due()
    assert Job.objects.count() == 1
    assert Tick.objects.count() == 5


def test_a_clock_that_jumps_back_and_forth_repeats_nothing(table, clock):
    schedule.enqueue_due()
    start = clock.now
    for minutes in (5, 24 * 60, 5, 10, 24 * 60, 24 * 60 + 5):
        clock.set(start + timedelta(minutes=minutes))
        schedule.enqueue_due()
        worker.drain()
    due = [job.result["due_at"] for job in Job.objects.order_by("id")]
    assert len(due) == len(set(due)) == 4


@pytest.mark.django_db(transaction=True)
def test_many_workers_enqueue_a_moment_once(works, clock):
    schedule.enqueue_due()
    clock.forward(minutes=5)
    outcomes = at_once([schedule.enqueue_due] * 5)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert sum(outcome.value for outcome in outcomes) == 1
    assert Job.objects.count() == 1


def test_the_house_declares_its_own_housekeeping():
    declared = {task.kind for task in registry.periodic()}
    assert {"jobs.forget", "notices.forget", "files.sweep"} <= declared
