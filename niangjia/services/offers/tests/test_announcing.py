"""All at the same moment: announcements and reminders, killed in the middle and run twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection

from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.processes import tied_to_parent
from niangjia.platform import jobs
from niangjia.platform.jobs.models import Job
from niangjia.platform.notices import queries
from niangjia.platform.notices.models import Message, Outgoing
from niangjia.services.offers import actions, testing
from niangjia.services.offers.campaign import announcing
from niangjia.services.offers.models import Campaign, Telling

SECONDS = 40


@pytest.fixture
def later(world):
    """A campaign for the district, announced in an hour and open in two."""
    return testing.an_offer(
        world.district,
        rule=[{"is": "union", "any_of": ["EAST"]}],
        opens_at=world.clock.now + timedelta(hours=2),
        announce_at=world.clock.now + timedelta(hours=1),
    )


def announced() -> Counter:
    return Counter(Message.objects.filter(kind="offers.announced").values_list("user_id", flat=True))


def campaign_of(offer) -> Campaign:
    return Campaign.objects.get(pk=offer.campaign.pk)


def test_everybody_entitled_hears_it_at_the_moment_and_nobody_before(world, later):
    assert announcing.announce(later.key) == 2
    assert announced() == {world.member.user_id: 1, world.second.user_id: 1}
    assert queries.unread_count(world.member.user_id) == 0
    world.clock.set(later.campaign.announce_at)
    assert [queries.unread_count(actor.user_id) for actor in (world.member, world.second, world.stranger)] == [1, 1, 0]
    message = queries.messages_of(world.member.user_id).get()
    assert "“新春礼物”3月4日 12:00开始预约，3月4日至3月10日领取" in str(message.body)


def test_twice_tells_nobody_twice_and_batches_reach_all(world, later, monkeypatch):
    monkeypatch.setattr(announcing, "BATCH", 1)
    progress = []
    assert [announcing.announce(later.key, lambda *at: progress.append(at)) for _twice in range(2)] == [2, 0]
    assert set(announced().values()) == {1}
    assert progress == [(1, 2), (2, 2), (2, 2)]
    assert campaign_of(later).announced_at == later.campaign.announce_at


def test_who_has_no_account_or_is_no_member_is_not_written_to(world, later):
    testing.person_of(world.second).user.delete()
    assert announcing.announce(later.key) == 1


def test_without_a_moment_or_too_late_for_it_one_is_chosen_for_all(world):
    offer = testing.an_offer(world.district)
    announcing.announce(offer.key)
    moments = set(Message.objects.filter(kind="offers.announced").values_list("created_at", flat=True))
    assert moments == {campaign_of(offer).announce_at}
    assert moments.pop() >= world.clock.now + announcing.SHORTEST_LEAD


def test_writing_begins_early_enough_and_not_before_publishing(world, later):
    assert not announcing.is_due(campaign_of(later))
    world.clock.set(later.campaign.announce_at - announcing.lead(2))
    assert announcing.is_due(campaign_of(later))
    announcing.announce(later.key)
    assert not announcing.is_due(campaign_of(later))
    draft = testing.a_draft(world.district)
    assert not announcing.is_due(draft)
    assert announcing.announce(draft.public_id) == 0


def test_called_off_before_the_moment_is_heard_by_nobody(world, later):
    announcing.announce(later.key)
    actions.call_off(public_id=later.key, reason="供货单位停产", actor=world.officer)
    world.clock.set(later.campaign.announce_at)
    assert queries.unread_count(world.member.user_id) == 0


def test_called_off_in_the_middle_writes_to_nobody_more(world, later, monkeypatch):
    monkeypatch.setattr(announcing, "BATCH", 1)

    def calls_off(done, _total):
        if done == 1 and campaign_of(later).state != "called_off":
            actions.call_off(public_id=later.key, reason="供货单位停产", actor=world.officer)

    announcing.announce(later.key, calls_off)
    assert announced() == {}


def test_the_day_before_everybody_is_reminded_once(world, monkeypatch):
    monkeypatch.setattr(announcing, "BATCH", 1)
    days = [world.clock.today + timedelta(days=1), world.clock.today + timedelta(days=2)]
    offer = testing.an_offer(world.district, days=days)
    for actor, choice in ((world.member, 0), (world.second, 0), (world.stranger, 1)):
        testing.reserve(offer, actor, offer.choices[choice])
    assert [announcing.remind(offer.campaign.pk, days[0]) for _twice in range(2)] == [2, 2]
    told = Outgoing.objects.filter(kind="offers.reminded").values_list("user_id", flat=True)
    assert sorted(told) == sorted([world.member.user_id, world.second.user_id])
    assert campaign_of(offer).reminded_at == world.clock.now
    world.clock.forward(days=1)
    assert announcing.remind(offer.campaign.pk, days[1]) == 1


# Killed


def database_url() -> str:
    chosen = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{chosen['NAME']}"
    user, password = quote(chosen["USER"], safe=""), quote(chosen["PASSWORD"], safe="")
    return f"postgres://{user}:{password}@{chosen['HOST']}:{chosen['PORT']}/{chosen['NAME']}"


@contextmanager
def a_worker(folder, later_by: timedelta):
    """A worker process whose clock is so much later, so that leases of killed ones have run out for it."""
    (folder / "clock").write_text((kernel_clock.now() + later_by).isoformat())
    environment = {
        "DJANGO_SETTINGS_MODULE": "niangjia.settings",
        **os.environ,
        "DATABASE_URL": database_url(),
        "NIANGJIA_VAR": str(folder),
        "NIANGJIA_CLOCK": f"file:{folder / 'clock'}",
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "niangjia.services.offers.tests.works"],
        env=environment,
        preexec_fn=tied_to_parent(signal.SIGKILL),
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("ab"),
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def until(condition, folder) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, (folder / "log").read_text()[-3000:]
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_one_message_for_everybody_at_one_moment(world, later, tmp_path):
    people = [world.member, world.second] + [testing.a_member(world.street, serial) for serial in range(200, 228)]
    jobs.enqueue("offers.announce", {"campaign": later.key})
    world.clock.release()
    with a_worker(tmp_path, timedelta(0)) as child:
        until(lambda: len(announced()) >= 10, tmp_path)
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    assert Telling.objects.get().ended_at is None, "killed before the end"
    with a_worker(tmp_path, timedelta(minutes=20)):
        until(lambda: Job.objects.get().state == "done", tmp_path)
    assert announced() == {actor.user_id: 1 for actor in people}
    assert set(Message.objects.filter(kind="offers.announced").values_list("created_at", flat=True)) == {
        campaign_of(later).announce_at
    }
    assert Telling.objects.get().told == len(people)
