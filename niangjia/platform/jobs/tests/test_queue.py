"""Asking, taking, ending, trying again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import text
from niangjia.platform import jobs
from niangjia.platform.accounts.models import User
from niangjia.platform.jobs import JobHandle, LeaseLost, housekeeping, queries, queue, registry, runner, worker
from niangjia.platform.jobs.models import Job, Tick, Worker
from niangjia.platform.testing.races import at_once

pytestmark = pytest.mark.django_db


def claimed(lane: str = registry.LONG, name: str = "w1") -> Job:
    job = queue.claim(lane, name)
    assert job is not None
    return job


def test_a_job_exists_only_if_its_act_does(works):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.enqueue("test.steps", {})
        1 / 0  # noqa: B018
    assert not Job.objects.exists()
    with transaction.atomic():
        jobs.enqueue("test.steps", {})
    assert Job.objects.count() == 1


def test_work_that_nobody_declared_is_not_taken(works):
    with pytest.raises(LookupError):
        jobs.enqueue("test.unknown", {})


@pytest.mark.parametrize("secret", ["13800138000", "110101199001011234"])
def test_a_payload_holds_nothing_personal(works, secret):
    with pytest.raises(ValueError, match="never personal"):
        jobs.enqueue("test.steps", {"rows": [{"number": secret}]})


def test_the_same_key_asks_once(works):
    first = jobs.enqueue("test.steps", {"n": 1}, once_key="import-7")
    assert jobs.enqueue("test.steps", {"n": 2}, once_key="import-7").pk == first.pk
    assert jobs.enqueue("test.steps", {}).pk != first.pk
    assert Job.objects.count() == 2


def test_a_job_waits_until_it_is_due_and_the_longest_due_goes_first(works, clock):
    jobs.enqueue("test.steps", {"n": 1}, due_at=clock.now + timedelta(minutes=10))
    jobs.enqueue("test.steps", {"n": 2}, due_at=clock.now + timedelta(minutes=5))
    assert queue.claim(registry.LONG, "w1") is None
    clock.forward(minutes=20)
    assert [claimed().payload["n"], claimed().payload["n"]] == [2, 1]
    assert queue.claim(registry.LONG, "w1") is None


def test_quick_work_has_a_lane_of_its_own(works):
    jobs.enqueue("test.steps", {})
    jobs.enqueue("test.quick", {})
    assert claimed(registry.QUICK).kind == "test.quick"
    assert claimed(registry.LONG).kind == "test.steps"


def test_done_work_keeps_its_result_and_lets_go(table):
    jobs.enqueue("test.steps", {})
    assert worker.drain() == 1
    job = Job.objects.get()
    assert (job.state, job.result, job.cursor, job.worker, job.lease_until) == ("done", {"steps": 40}, 40, "", None)
    assert (job.share, str(job.message_text)) == (100, "已处理40行")
    assert job.is_over
    assert table.effects() == list(range(40))


def test_a_failure_is_tried_again_later_and_later_and_then_is_dead(works, clock):
    jobs.enqueue("test.fails", {})
    waits = []
    for attempt in (1, 2, 3):
        runner.run(claimed())
        job = Job.objects.get()
        assert job.attempts == attempt
        if job.state == "waiting":
            assert queue.claim(registry.LONG, "w") is None, "not before its pause is over"
            waits.append(job.due_at - clock.now)
            clock.set(job.due_at)
    assert job.state == "dead"
    assert timedelta(seconds=2.5) <= waits[0] <= timedelta(seconds=7.5)
    assert timedelta(seconds=5) <= waits[1] <= timedelta(seconds=15)
    assert queries.counts()["dead"] == 1
    assert list(queries.dead()) == [job]


def test_pauses_double_up_to_an_hour_and_are_spread():
    assert [queue.pause(n, lambda: 0.5).total_seconds() for n in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert queue.pause(4000, lambda: 0.5) == timedelta(hours=1)
    assert queue.pause(3, lambda: 0.0) * 3 == queue.pause(3, lambda: 1.0)


def test_what_failed_is_kept_without_its_words(works):
    jobs.enqueue("test.fails", {})
    runner.run(claimed())
    error = Job.objects.get().error
    assert error.startswith("ValueError platform/jobs/tests/works.py:")
    assert "13800138000" not in error
    assert "张三" not in error


def test_a_refusal_by_rule_is_final_and_closed_hours_are_not(works):
    jobs.enqueue("test.refused", {})
    runner.run(claimed())
    assert (Job.objects.get().state, Job.objects.get().error) == ("dead", "ROSTER_EMPTY")
    Job.objects.all().delete()
    jobs.enqueue("test.later", {})
    runner.run(claimed())
    assert (Job.objects.get().state, Job.objects.get().error) == ("waiting", "BANK_CLOSED")


def test_dead_work_can_be_revived_at_its_cursor(works):
    jobs.enqueue("test.refused", {})
    runner.run(claimed())
    Job.objects.update(cursor=17)
    assert queue.revive([Job.objects.get().public_id]) == 1
    assert queue.revive([Job.objects.get().public_id]) == 0
    again = claimed()
    assert (again.cursor, again.attempts, again.ended_at) == (17, 1, None)


def test_work_of_an_older_release_waits_for_somebody_who_knows_it(works):
    job = jobs.enqueue("test.steps", {})
    Job.objects.update(kind="test.gone")
    runner.run(claimed())
    job.refresh_from_db()
    assert (job.state, job.error) == ("waiting", "unknown kind of work")


def test_a_lease_that_ran_out_frees_the_job_and_the_first_worker_writes_nothing_more(works, clock):
    jobs.enqueue("test.steps", {})
    first = claimed(name="w1")
    clock.forward(seconds=30)
    assert queue.reap() == 0
    clock.forward(seconds=31)
    assert queue.reap() == 1
    second = claimed(name="w2")
    assert second.attempts == 2
    for attempt in (
        lambda: JobHandle(first).progress(1, 2),
        lambda: JobHandle(first).save_cursor(3),
        lambda: queue.finish(first, {"from": "w1"}),
        lambda: queue.retry(first, "x"),
        lambda: queue.put_back(first),
    ):
        with pytest.raises(LeaseLost):
            attempt()
    assert queue.renew(first) is False
    queue.finish(second, {"from": "w2"})
    assert Job.objects.get().result == {"from": "w2"}


def test_the_same_worker_taking_its_own_lost_job_again_is_fenced_too(works, clock):
    jobs.enqueue("test.steps", {})
    first = claimed(name="w1")
    clock.forward(minutes=2)
    queue.reap()
    second = claimed(name="w1")
    assert not queue.renew(first)
    assert queue.renew(second)


def test_work_that_kills_its_worker_every_time_ends_dead(works, clock):
    jobs.enqueue("test.fails", {})
    for _attempt in range(3):
        claimed()
        clock.forward(hours=2)
        queue.reap()
        clock.forward(hours=2)
    assert Job.objects.get().state == "dead"
    assert queue.claim(registry.LONG, "w") is None


def test_progress_renews_the_lease(works, clock):
    jobs.enqueue("test.steps", {})
    job = claimed()
    for _turn in range(5):
        clock.forward(seconds=50)
        JobHandle(job).progress(1, 10)
        assert queue.reap() == 0


def test_a_cursor_belongs_into_the_transaction_of_its_step(works, transactional_db):
    jobs.enqueue("test.steps", {})
    with pytest.raises(transaction.TransactionManagementError):
        JobHandle(claimed()).save_cursor(1)


def test_progress_is_not_called_inside_a_step(works, transactional_db):
    """It commits at once, which it cannot do inside another transaction."""
    jobs.enqueue("test.steps", {})
    job = claimed()
    with pytest.raises(RuntimeError), transaction.atomic():
        JobHandle(job).progress(1, 2)


def test_a_step_whose_lease_was_lost_leaves_no_effect(table, clock):
    jobs.enqueue("test.steps", {})
    job = claimed(name="w1")
    clock.forward(minutes=2)
    queue.reap()
    with pytest.raises(LeaseLost), transaction.atomic():
        table.effect(1)
        JobHandle(job).save_cursor(1)
    assert table.effects() == []


def test_a_worker_that_must_stop_gives_the_job_back_untried(table):
    jobs.enqueue("test.steps", {})
    job = claimed()
    calls = iter([False, False, True])
    runner.run(job, lambda: next(calls))
    job.refresh_from_db()
    assert (job.state, job.attempts, job.cursor) == ("waiting", 0, 3)
    worker.drain()
    assert table.effects() == list(range(40))


def test_the_job_knows_who_asked_and_in_which_request(works):
    user = User.objects.create(display_name="工会干部")
    actor = Actor(ActorKind.STAFF, user_id=user.pk, trace="trace-1")
    job = jobs.enqueue("test.actor", {}, actor=actor)
    worker.drain()
    job.refresh_from_db()
    assert job.result == {"system": True, "trace": "trace-1", "by": user.pk}
    assert queries.job_for(actor, job.public_id) == job
    for stranger in (Actor(ActorKind.STAFF, user_id=user.pk + 1), Actor.anonymous(), Actor.system("x")):
        with pytest.raises(NotFound):
            queries.job_for(stranger, job.public_id)


def test_queue_figures_say_what_is_late(works, clock):
    assert queries.longest_wait() == timedelta(0)
    jobs.enqueue("test.steps", {})
    clock.forward(minutes=3)
    assert queries.longest_wait() == timedelta(minutes=3)
    assert queries.counts() == {"waiting": 1, "running": 0, "dead": 0}


def test_two_tasks_cannot_share_a_name(works):
    with pytest.raises(ValueError, match="two tasks"):
        jobs.task("test.steps", label=text("测试"))(lambda job: None)
    with pytest.raises(ValueError, match="cron"):
        jobs.every("test.bad", "every day", label=text("测试"))
    with pytest.raises(ValueError, match="lane"):
        jobs.task("test.other", label=text("测试"), lane="fast")(lambda job: None)


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_take_each_job_once(works):
    for number in range(12):
        jobs.enqueue("test.steps", {"n": number})

    def take(name):
        def run():
            taken = []
            while job := queue.claim(registry.LONG, name):
                taken.append(job.pk)
            return taken

        return run

    outcomes = at_once([take(f"w{number}") for number in range(6)])
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    taken = [key for outcome in outcomes for key in outcome.value]
    # A worker may miss jobs that others hold at that instant, but none is ever taken twice.
    taken += take("last")()
    assert sorted(taken) == sorted(Job.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_two_requests_with_the_same_key_make_one_job(works):
    def ask(meet):
        meet()
        with transaction.atomic():
            return jobs.enqueue("test.steps", {}, once_key="k").pk

    outcomes = at_once([ask, ask])
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert outcomes[0].value == outcomes[1].value
    assert Job.objects.count() == 1


def test_ended_work_is_forgotten_in_time(clock):
    now = clock.now
    kinds = {"recent": ("jobs.forget", 0.5), "clock": ("jobs.forget", 2), "asked": ("x", 2), "old": ("x", 91)}
    for name, (kind, days) in kinds.items():
        Job.objects.create(
            kind=kind, lane="quick", state="done", max_attempts=1, trace=name, ended_at=now - timedelta(days=days)
        )
    Job.objects.create(kind="x", lane="quick", max_attempts=1, trace="waiting")
    Tick.objects.create(name="a", due_at=now - timedelta(days=30))
    Tick.objects.create(name="a", due_at=now - timedelta(days=20))
    Worker.objects.create(name="gone", seen_at=now - timedelta(days=2))
    assert housekeeping.forget_jobs(None) == {"jobs": 2, "ticks": 1, "workers": 1}
    assert set(Job.objects.values_list("trace", flat=True)) == {"recent", "asked", "waiting"}
    assert Tick.objects.get().due_at == now - timedelta(days=20)
