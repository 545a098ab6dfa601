"""Workers that die in the middle of a list: real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.kernel import clock
from niangjia.platform.jobs import queue, worker
from niangjia.platform.jobs.models import Job
from niangjia.services.protection import actions
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.enrolment.models import RosterRow
from niangjia.services.protection.models import Enrolment

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

DIES_WHILE_STAGING = """
from niangjia.commons.rosters import staging
from niangjia.services.protection.enrolment.staging import FileReader
staging.ROWS_PER_BATCH = 3
read, batches = FileReader.read, []
def die(self, lines):
    batches.append(1)
    if len(batches) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return read(self, lines)
FileReader.read = die
"""
DIES_WHILE_APPLYING = """
from niangjia.services.protection.enrolment import applying
applying.MOVES.__class__.finish_roster = lambda *_given, **_more: os.kill(os.getpid(), signal.SIGKILL)
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


def sent_up(roster, world):
    actions.confirm_roster(public_id=roster.public_id, actor=world.unit)
    actions.forward_roster(public_id=roster.public_id, actor=world.agency)
    actions.apply_roster(public_id=roster.public_id, actor=world.office)


def test_a_worker_killed_in_the_middle_of_a_list_is_followed_c71(world, tmp_path):
    people = lists.members(world.firm, 9)
    roster = lists.uploaded([*map(lists.a_row, people), lists.a_row(people[1])], world.firm, world.plan, world.unit)
    run_to_death(DIES_WHILE_STAGING, tmp_path)
    assert RosterRow.objects.count() == 6, "two batches of three are committed, the third is not"
    next_worker()
    roster.refresh_from_db()
    assert (roster.state, roster.count_of("new"), roster.count_of("error")) == ("ready", 9, 1), "the double is seen"
    sent_up(roster, world)
    run_to_death(DIES_WHILE_APPLYING, tmp_path)
    assert not Enrolment.objects.exists(), "nothing half done"
    assert not LedgerRow.objects.filter(measure="protection.enrolled").exists()
    next_worker()
    roster.refresh_from_db()
    assert (roster.state, roster.enrolled, Enrolment.objects.count()) == ("applied", 9, 9)
    assert check_books() == []
