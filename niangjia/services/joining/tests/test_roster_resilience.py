"""Workers that die in the middle, and rosters that meet: real processes, real connections."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection

from niangjia.commons.ledger.books import check_books
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Membership, NumberSerial, Person
from niangjia.kernel import clock
from niangjia.platform.jobs import queue, worker
from niangjia.platform.jobs.models import Job
from niangjia.platform.testing.races import two_connections
from niangjia.services.joining import testing_rosters as rosters
from niangjia.services.joining.rosters import actions, applying
from niangjia.services.joining.rosters.models import Roster, RosterRow

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

DIES_WHILE_STAGING = """
from niangjia.commons.rosters import staging
from niangjia.services.joining.rosters import matching
staging.ROWS_PER_BATCH = 3
batches = []
def die(*_given):
    batches.append(1)
    if len(batches) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
matching.note_pairs = die
"""
DIES_WHILE_APPLYING = """
from niangjia.services.joining.rosters import hot
hot.events.members_joined.send = lambda **_given: os.kill(os.getpid(), signal.SIGKILL)
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
    chosen = connection.settings_dict
    user, password = quote(chosen["USER"], safe=""), quote(chosen["PASSWORD"], safe="")
    url = f"postgres://{user}:{password}@{chosen['HOST']}:{chosen['PORT']}/{chosen['NAME']}"
    from django.conf import settings

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


def test_a_worker_killed_while_staging_is_followed_at_the_last_batch(world, tmp_path, monkeypatch):
    from niangjia.services.joining.rosters.checking import Checker

    rows = [rosters.a_row(n) for n in range(14)] + [rosters.a_row(1, name="又一")]
    roster = rosters.uploaded(rows, world.street, world.officer)
    run_to_death(DIES_WHILE_STAGING, tmp_path)
    assert RosterRow.objects.count() == 6, "two batches of three are committed, the third is not"
    again = []
    checked = Checker.check
    monkeypatch.setattr(
        Checker, "check", lambda self, number, cells: again.append(number) or checked(self, number, cells)
    )
    next_worker()
    roster.refresh_from_db()
    assert again[0] == 8, "rows 2 to 7 are not checked again"
    assert (roster.state, roster.counts["rows"], roster.counts["new"], roster.counts["doubles"]) == ("ready", 15, 14, 1)
    assert RosterRow.objects.count() == 15


def test_a_worker_killed_while_applying_leaves_nobody_and_the_next_makes_all_c71(world, tmp_path):
    roster = rosters.checked([rosters.a_row(n) for n in range(9)], world.street, world.officer)
    actions.apply_roster(public_id=roster.public_id, actor=world.officer)
    run_to_death(DIES_WHILE_APPLYING, tmp_path)
    assert not Person.objects.exists()
    assert not Membership.objects.exists()
    assert not Card.objects.exists()
    next_worker()
    roster.refresh_from_db()
    assert (roster.state, roster.joined, Membership.objects.count()) == ("applied", 9, 9)
    assert check_books() == []
    numbers = Membership.objects.order_by("number").values_list("number", flat=True)
    assert [number[7:14] for number in numbers] == [f"{n:07d}" for n in range(1, 10)], "the kept block is used"
    assert NumberSerial.objects.get().last == 9


@pytest.fixture
def two(world):
    """Two rosters of the same people in different files, both confirmed, for two streets."""
    rows = [rosters.a_row(n) for n in range(6)]
    first = rosters.checked(rows, world.street, world.officer)
    second = rosters.checked([*reversed(rows)], world.tree["EAST-2"], world.other_officer)
    actions.apply_roster(public_id=first.public_id, actor=world.officer)
    actions.apply_roster(public_id=second.public_id, actor=world.other_officer)
    return [(first.public_id, world.officer), (second.public_id, world.other_officer)]


def apply(key, actor):
    return lambda: applying.apply(public_id=key, actor=actor)


@contextmanager
def without_constraints():
    """Persons without what keeps them single; everybody is gone when it is put back."""
    names = ("person_one_for_each_id_number", "person_one_for_each_phone")
    dropped = [each for each in Person._meta.constraints if each.name in names]
    with connection.schema_editor() as editor:
        for constraint in dropped:
            editor.remove_constraint(Person, constraint)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE people_person CASCADE")
        with connection.schema_editor() as editor:
            for constraint in dropped:
                editor.add_constraint(Person, constraint)


def test_without_the_guards_everybody_joins_twice(two, monkeypatch):
    looked, meetings = applying._require_as_checked, []

    def look_then_meet(roster):
        looked(roster)
        meetings[0]()

    def caller(key, actor):
        def run(meet):
            meetings.append(meet)
            applying.apply(public_id=key, actor=actor)

        return run

    monkeypatch.setattr(applying, "_one_after_another", lambda: None)
    monkeypatch.setattr(applying, "_require_as_checked", look_then_meet)
    with without_constraints():
        outcomes = two_connections(*(caller(*one) for one in two))
        assert [outcome.error for outcome in outcomes] == [None, None]
        assert Membership.objects.count() == 12


def test_the_constraint_alone_lets_one_roster_through_and_nothing_of_the_other(two, monkeypatch):
    monkeypatch.setattr(applying, "_one_after_another", lambda: None)
    outcomes = two_connections(*(apply(*one) for one in two))
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    assert Person.objects.count() == Membership.objects.count() == 6


def test_of_two_rosters_with_the_same_people_one_is_applied_and_the_other_checked_again_c72(two):
    outcomes = two_connections(*(apply(*one) for one in two))
    refused = [outcome.error for outcome in outcomes if not outcome.ok]
    assert [error.code for error in refused] == ["ROSTER_STALE"]
    assert Person.objects.count() == Membership.objects.count() == 6
    worker.drain()
    assert sorted(Roster.objects.values_list("state", flat=True)) == ["applied", "ready"]
    again = Roster.objects.get(state="ready")
    assert (again.counts["elsewhere"], again.counts.get("new", 0)) == (6, 0)
    assert check_books() == []
