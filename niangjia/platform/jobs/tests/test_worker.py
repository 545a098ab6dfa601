"""Real worker processes: killed, stopped, and beside each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import OperationalError, connection

from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.processes import tied_to_parent
from niangjia.platform import jobs
from niangjia.platform.jobs import queries, queue, registry, runner, worker
from niangjia.platform.jobs.models import Job, Worker

PROGRAM = """
import signal, sys, threading
import django
django.setup()
from niangjia.platform.jobs import registry, worker
registry._tasks.clear()
from niangjia.platform.jobs.tests import works
del registry._tasks["test.clock"]
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *about: stop.set())
worker.PULSE_SECONDS = 0.2
worker.run(stop, poll_seconds=0.05)
"""
SECONDS = 30


def database_url() -> str:
    chosen = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{chosen['NAME']}"
    user, password = quote(chosen["USER"], safe=""), quote(chosen["PASSWORD"], safe="")
    return f"postgres://{user}:{password}@{chosen['HOST']}:{chosen['PORT']}/{chosen['NAME']}"


@contextmanager
def process(tmp_path: Path, *, later: timedelta = timedelta(0)) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker on the test's database; ``later`` moves its clock on, so that leases have run out for it."""
    environment = {**os.environ, "DATABASE_URL": database_url(), "NIANGJIA_VAR": str(tmp_path)}
    environment["DJANGO_SETTINGS_MODULE"] = os.environ.get("DJANGO_SETTINGS_MODULE", "niangjia.settings")
    if later:
        (tmp_path / "clock").write_text((kernel_clock.now() + later).isoformat())
        environment["NIANGJIA_CLOCK"] = f"file:{tmp_path / 'clock'}"
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        preexec_fn=tied_to_parent(signal.SIGKILL),
        stdout=subprocess.DEVNULL,
        stderr=(tmp_path / "log").open("ab"),
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def until(condition: Callable[[], object], tmp_path: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, (tmp_path / "log").read_text()[-3000:]
        time.sleep(0.02)


def state() -> str:
    return Job.objects.values_list("state", flat=True).get()


def killed_in_the_middle_and_finished(kind: str, table, tmp_path: Path, kills: int = 1) -> list[int]:
    """Kill -9 ``kills`` workers in the middle of a job, let the next one finish; the effects that are left."""
    jobs.enqueue(kind, {"pause": 0.03})
    for kill in range(1, kills + 1):
        with process(tmp_path, later=timedelta(days=kill)) as child:
            until(lambda kill=kill: len(table.effects()) >= kill * 8, tmp_path)
            os.kill(child.pid, signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL
        assert state() == "running", "nobody has noticed yet"
    with process(tmp_path, later=timedelta(days=kills + 1)):
        until(lambda: state() == "done", tmp_path)
    return table.effects()


@pytest.mark.django_db(transaction=True)
def test_work_whose_workers_are_killed_is_finished_once_by_the_next(table, tmp_path):
    assert killed_in_the_middle_and_finished("test.steps", table, tmp_path, kills=3) == list(range(40))
    job = Job.objects.get()
    assert (job.attempts, job.result, job.cursor) == (4, {"steps": 40}, 40)


@pytest.mark.django_db(transaction=True)
def test_the_harness_sees_a_doubled_effect_when_there_is_no_cursor(table, tmp_path):
    """Work without a cursor is done again from the start: the test above would have noticed."""
    left = killed_in_the_middle_and_finished("test.naive", table, tmp_path)
    assert len(left) > 40
    assert left.count(0) == 2


@pytest.mark.django_db(transaction=True)
def test_asked_to_stop_a_worker_gives_its_job_back_at_once_and_leaves(table, tmp_path):
    jobs.enqueue("test.steps", {"pause": 0.03})
    with process(tmp_path) as child:
        until(lambda: len(table.effects()) >= 5, tmp_path)
        until(lambda: Worker.objects.count() == 1, tmp_path)
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0, (tmp_path / "log").read_text()[-3000:]
    job = Job.objects.get()
    assert (job.state, job.attempts, job.worker) == ("waiting", 0, "")
    assert not Worker.objects.exists()
    with process(tmp_path):
        until(lambda: state() == "done", tmp_path)
    assert table.effects() == list(range(40))


@pytest.mark.django_db(transaction=True)
def test_several_workers_share_the_work_and_do_each_piece_once(table, tmp_path):
    for step in range(30):
        jobs.enqueue("test.quick", {"step": step})
    with process(tmp_path), process(tmp_path):
        until(lambda: not Job.objects.exclude(state="done").exists(), tmp_path)
        assert queries.workers_alive() >= 1
    assert table.effects() == list(range(30))
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_quick_work_does_not_wait_behind_long_work(table, tmp_path):
    jobs.enqueue("test.slow", {})
    with process(tmp_path):
        until(lambda: Job.objects.filter(kind="test.slow", state="running").exists(), tmp_path)
        jobs.enqueue("test.quick", {"step": 7})
        until(lambda: Job.objects.filter(kind="test.quick", state="done").exists(), tmp_path)
        assert Job.objects.get(kind="test.slow").state == "running"


@pytest.mark.django_db(transaction=True)
def test_the_worker_delivers_the_outbox(table, tmp_path, monkeypatch):
    from niangjia.platform.notices import outbox
    from niangjia.platform.notices.models import Outgoing

    monkeypatch.setenv("NIANGJIA_SMS", "niangjia.platform.notices.adapters.FileSms")
    monkeypatch.setenv("NIANGJIA_SMS_URL", "")
    sent = outbox.send_code("13800138000", "123456", "sign_in")
    with process(tmp_path):
        until(lambda: Outgoing.objects.get(pk=sent.pk).state == "sent", tmp_path)
    lines = (tmp_path / "sms.jsonl").read_text().splitlines()
    assert len(lines) == 1
    assert "123456" in lines[0]


@pytest.mark.django_db(transaction=True)
def test_messages_are_neither_lost_nor_doubled_when_workers_are_killed_while_sending(works, tmp_path, monkeypatch):
    """R8, with a gateway that keeps one message per business id and is slow enough to be killed in the middle of."""
    from niangjia.platform.notices import outbox
    from niangjia.platform.notices.models import Outgoing
    from niangjia.platform.notices.tests import gateway as gateways

    def sent() -> int:
        return Outgoing.objects.filter(state="sent").count()

    for number in range(200):
        outbox.send_code("13800138000", f"{number:06d}", "sign_in")
    Outgoing.objects.update(expires_at=None)
    with gateways.running() as gateway:
        gateway.behaviour = lambda *about: (time.sleep(0.02), gateways.accept(*about))
        monkeypatch.setenv("NIANGJIA_SMS", "niangjia.platform.notices.adapters.HttpSms")
        monkeypatch.setenv("NIANGJIA_SMS_URL", gateway.url)
        monkeypatch.setenv("NIANGJIA_SMS_KEY", gateways.KEY)
        for kill in range(1, 4):
            with process(tmp_path, later=timedelta(days=kill)) as child:
                until(lambda kill=kill: len(gateway.asked) >= kill * 30, tmp_path)
                os.kill(child.pid, signal.SIGKILL)
        with process(tmp_path, later=timedelta(days=9)):
            until(lambda: sent() == 200, tmp_path)
        assert set(gateway.sent) == set(Outgoing.objects.values_list("public_id", flat=True))
        assert len(gateway.asked) > 200, "some were asked for twice: the kills did fall into a sending"
        assert gateway.forged == 0


@pytest.mark.django_db(transaction=True)
def test_work_longer_than_its_lease_is_kept_by_the_pulse(works, clock, monkeypatch):
    jobs.enqueue("test.steps", {})
    job = queue.claim(registry.LONG, "w1")
    for _turn in range(4):
        clock.forward(seconds=50)
        worker.beat("w1", [job])
        assert queue.reap() == 0
    assert queries.workers_alive() == 1


@pytest.mark.django_db
def test_a_worker_with_a_stuck_job_lets_it_go_and_no_longer_calls_itself_well(works, clock):
    jobs.enqueue("test.steps", {})
    job = queue.claim(registry.LONG, "w1")
    worker.beat("w1", [job])
    clock.forward(hours=1, seconds=1)
    worker.beat("w1", [job])
    assert queries.workers_alive() == 0
    assert queue.reap() == 1


@pytest.mark.django_db(transaction=True)
def test_losing_the_database_for_a_moment_does_not_end_the_worker(works, monkeypatch):
    monkeypatch.setattr(worker, "AFTER_FAULT_SECONDS", 0.01)
    stop, calls = threading.Event(), []

    def work() -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("gone")
        if len(calls) == 2:
            raise KeyError("a fault of ours")
        stop.set()
        return False

    worker._loop(work, stop, 0.01)
    assert len(calls) == 3


@pytest.mark.django_db
def test_the_runner_survives_work_that_dies_of_anything(works):
    jobs.enqueue("test.fails", {})
    runner.run(queue.claim(registry.LONG, "w1"))
    assert state() == "waiting"
