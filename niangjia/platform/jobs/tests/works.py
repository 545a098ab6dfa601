"""Work for the tests. Its effect is rows of a table without any constraint, so that a doubled effect is seen."""

from __future__ import annotations

import os
import time
from typing import Any

from django.db import connection, transaction

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken, Unavailable
from niangjia.kernel.text import text
from niangjia.platform.jobs import QUICK, JobHandle, every, task

TABLE = "jobs_test_effect"
STEPS = 40


def create_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (step integer)")


def drop_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def effect(step: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} VALUES (%s)", [step])


def effects() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT step FROM {TABLE} ORDER BY step")
        return [row[0] for row in cursor.fetchall()]


@task("test.steps", label=text("测试"), max_attempts=50)
def steps(job: JobHandle) -> dict[str, int]:
    """Each step and its cursor in one transaction."""
    for step in range(job.cursor or 0, STEPS):
        with transaction.atomic(durable=True):
            effect(step)
            time.sleep(job.payload.get("pause", 0))
            job.save_cursor(step + 1)
        job.progress(step + 1, STEPS, text("已处理{done}行", done=step + 1))
    return {"steps": STEPS}


@task("test.naive", label=text("测试"), max_attempts=50)
def naive(job: JobHandle) -> None:
    """The same without a cursor: what a killed worker leaves behind is done again."""
    for step in range(STEPS):
        effect(step)
        time.sleep(job.payload.get("pause", 0))


@task("test.quick", label=text("测试"), lane=QUICK)
def quick(job: JobHandle) -> dict[str, Any]:
    effect(int(job.payload.get("step", 0)))
    return {"pid": os.getpid()}


@task("test.slow", label=text("测试"))
def slow(job: JobHandle) -> None:
    for turn in range(1000):
        job.progress(turn, 1000)
        time.sleep(0.02)


@task("test.fails", label=text("测试"), max_attempts=3)
def fails(job: JobHandle) -> None:
    raise ValueError("张三 13800138000 must not be written down")


@task("test.refused", label=text("测试"))
def refused(job: JobHandle) -> None:
    raise RuleBroken("ROSTER_EMPTY", text("名单是空的"))


@task("test.later", label=text("测试"))
def later(job: JobHandle) -> None:
    raise Unavailable("BANK_CLOSED", text("银行休息"))


@task("test.actor", label=text("测试"))
def with_actor(job: JobHandle) -> dict[str, Any]:
    actor: Actor = job.actor
    return {"system": actor.is_system, "trace": actor.trace, "by": job.created_by_id}


@every("test.clock", "*/5 * * * *", label=text("测试"))
def by_clock(job: JobHandle) -> dict[str, Any]:
    effect(1)
    return dict(job.payload)
