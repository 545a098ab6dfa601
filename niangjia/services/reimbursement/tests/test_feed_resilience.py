"""Workers that die in the middle of a feed, and feeds that meet: real processes, real connections."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection

from niangjia.kernel import clock
from niangjia.platform.jobs import queue, worker
from niangjia.platform.jobs.models import Job
from niangjia.platform.testing.races import two_connections
from niangjia.services.reimbursement import actions, rounds, testing
from niangjia.services.reimbursement.feeds import applying
from niangjia.services.reimbursement.models import Case, Feed, FeedRow, Lost, Round

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

DIES_WHILE_STAGING = """
from niangjia.commons.rosters import staging
from niangjia.services.reimbursement.feeds import known
staging.ROWS_PER_BATCH = 3
batches, looked_up = [], known.people
def die(indexes):
    batches.append(1)
    if len(batches) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return looked_up(indexes)
known.people = die
"""
DIES_WHILE_APPLYING = """
from niangjia.services.reimbursement import lost
lost.set_aside = lambda **_given: os.kill(os.getpid(), signal.SIGKILL)
"""
PROGRAM = """
import os, signal
import django
django.setup()
{patch}
from niangjia.platform.jobs import queue, runner
from niangjia.platform.jobs.registry import LONG
runner.run(queue.claim(LONG, "doomed"))
"""


def run_to_death(patch, tmp_path):
    """A real worker process on the test's database that takes the job and is killed where ``patch`` says."""
    from django.conf import settings

    chosen = connection.settings_dict
    user, password = quote(chosen["USER"], safe=""), quote(chosen["PASSWORD"], safe="")
    url = f"postgres://{user}:{password}@{chosen['HOST']}:{chosen['PORT']}/{chosen['NAME']}"
    environment = {**os.environ, "DATABASE_URL": url, "NIANGJIA_VAR": str(settings.VAR)}
    environment["NIANGJIA_CLOCK"] = f"file:{tmp_path / 'clock'}"
    (tmp_path / "clock").write_text(clock.now().isoformat())
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(patch=patch)], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


def next_worker():
    """The lease runs out, another worker takes the job up and finishes it."""
    assert Job.objects.filter(state="running").update(lease_until=clock.now() - timedelta(seconds=1)) == 1
    assert queue.reap() == 1
    worker.drain()


def test_a_worker_killed_while_staging_is_followed_with_the_years_so_far(world, tmp_path):
    rows = [world.row(1 + n % 2, f"A{n:04d}", "400.00") for n in range(14)]
    file = testing.a_file([*rows, world.row(1, "A0001")])
    feed = actions.upload_roster(upload=file, union_code=world.east.code, programme="general", actor=world.clerk)
    run_to_death(DIES_WHILE_STAGING, tmp_path)
    assert FeedRow.objects.count() == 6, "two batches of three are committed, the third is not"
    next_worker()
    feed.refresh_from_db()
    assert (feed.state, feed.counts["rows"], feed.counts["error"]) == ("ready", 15, 1)
    # Of 2,800 yuan of each of the two, 600 are deductible and half of the rest comes back.
    assert feed.counts["fen"] == 2 * 1_100_00
    assert sum(FeedRow.objects.values_list("fen", flat=True)) == 2 * 1_100_00


def test_a_worker_killed_while_applying_leaves_no_case_and_the_next_makes_all(world, tmp_path):
    feed = testing.checked([world.row(1, f"A{n:04d}") for n in range(9)], world.east, world.clerk)
    actions.apply_roster(public_id=feed.public_id, actor=world.clerk)
    run_to_death(DIES_WHILE_APPLYING, tmp_path)
    assert not Case.objects.exists()
    assert not Round.objects.exists()
    next_worker()
    feed.refresh_from_db()
    assert (feed.state, feed.cases, Case.objects.count(), Lost.objects.count()) == ("applied", 9, 9, 0)


@pytest.fixture
def two(world):
    """Two feeds for the same person, both tried out against an empty year, both about to be applied."""
    feeds = [testing.checked([world.row(1, number)], world.east, world.clerk) for number in ("A0001", "B0001")]
    for feed in feeds:
        actions.apply_roster(public_id=feed.public_id, actor=world.clerk)
    return [(feed.public_id, world.clerk) for feed in feeds]


def step(key, actor):
    return lambda: applying.step(public_id=key, actor=actor)


def test_without_the_turn_the_deductible_of_one_year_counts_twice(two, monkeypatch):
    looked = applying._require_as_checked

    def caller(key, actor):
        def run(meet):
            meetings[key] = meet
            return applying.step(public_id=key, actor=actor)

        return run

    meetings = {}

    def look_then_meet(feed):
        looked(feed)
        meetings[feed.public_id]()

    monkeypatch.setattr(rounds, "take_turn", lambda _programme: None)
    monkeypatch.setattr(applying, "_require_as_checked", look_then_meet)
    outcomes = two_connections(*(caller(*one) for one in two))
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert list(Case.objects.values_list("fen", flat=True)) == [250_00, 250_00], "600 was deducted of both"


def test_of_two_feeds_with_the_same_person_one_is_applied_and_the_other_checked_again(two):
    outcomes = two_connections(*(step(*one) for one in two))
    refused = [outcome.error for outcome in outcomes if not outcome.ok]
    assert [error.code for error in refused] == ["ROSTER_STALE"]
    assert Case.objects.count() == 1
    worker.drain()
    assert sorted(Feed.objects.values_list("state", flat=True)) == ["applied", "ready"]
    again = Feed.objects.get(state="ready")
    assert FeedRow.objects.get(roster=again).fen == 550_00, "the deductible of the year is used up"
