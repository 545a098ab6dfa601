"""A process that sends payments to a bank of its own kind and reads its answers, killed again and again by its parent.

Run by :mod:`test_crashes` as ``python -m niangjia.commons.payments.tests.crashing MODE BOOK SEED KILLS``. The parent
never touches the database of the house; each child opens its own connection, works, and is killed with ``kill -9`` at a
random moment; the last one may finish. The bank keeps its own book in a file and commits each payment by itself, so
whoever dies beside it cannot undo it. It knows a reference again, as the agreement with a bank says.
"""

from __future__ import annotations

import csv
import io
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

AT_ONCE = 250
STORIES = (("paid",), ("paid",), ("paid",), ("failed",), ("failed", "paid"), ("paid", "failed"))
"""What a bank says one after the other of one payment; the last word holds."""

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Bank:
    """The bank and its own book: one line for each payment, made once for each reference."""

    def __init__(self, path: str) -> None:
        self.book = sqlite3.connect(path, timeout=30, isolation_level=None)
        self.book.execute("PRAGMA journal_mode=WAL")
        self.book.execute(
            "CREATE TABLE IF NOT EXISTS line (reference TEXT PRIMARY KEY, account TEXT, fen INT, story INT)"
        )

    def lines(self) -> int:
        return int(self.book.execute("SELECT COUNT(*) FROM line").fetchone()[0])

    def take(self, file: bytes) -> None:
        """Do what the file says; a reference that is known is not paid again."""
        for row in csv.DictReader(io.StringIO(file.decode("utf-8-sig"))):
            fen = round(float(row["金额（元）"]) * 100)
            story = int(row["收款账号"][-6:]) % len(STORIES)
            self.book.execute(
                "INSERT OR IGNORE INTO line VALUES (?, ?, ?, ?)", (row["参考号"], row["收款账号"], fen, story)
            )

    def answers(self, references: set[str], chance: random.Random) -> list[tuple[str, int, int, str]]:
        """Words about these payments in any order, some twice: reference, fen, minute, word."""
        found = [
            (reference, fen, minute, word)
            for reference, fen, story in self.book.execute("SELECT reference, fen, story FROM line")
            if reference in references
            for minute, word in enumerate(STORIES[story])
        ]
        told = [*found, *chance.choices(found, k=len(found) // 3)] if found else []
        chance.shuffle(told)
        return told


def send(bank: Bank, *, naive: bool) -> None:
    """Draw up, prepare, release, hand the file to the bank: whatever was not finished by who died is finished here."""
    from niangjia.commons.payments import actions, bank_file
    from niangjia.commons.payments.models import Account, Batch, Payment
    from niangjia.kernel.actor import Actor

    system = Actor.system("crashing")
    fund = Account.objects.get(side="fund")
    for state, step in (("drawn_up", actions.prepare), ("prepared", actions.release)):
        for batch in Batch.objects.filter(state=state).order_by("pk"):
            step(public_id=batch.public_id, actor=system)
            if state == "drawn_up":
                actions.release(public_id=batch.public_id, actor=system)
    while Payment.objects.payable().filter(account=fund).exists():
        batch = actions.draw_up(account=fund.public_id, most=AT_ONCE, actor=system)
        actions.prepare(public_id=batch.public_id, actor=system)
        actions.release(public_id=batch.public_id, actor=system)
        hand_over(bank, b"".join(bank_file.csv_of(batch)), naive=naive)
    for batch in Batch.objects.filter(state__in=("released", "answered")).order_by("pk"):
        hand_over(bank, b"".join(bank_file.csv_of(batch)), naive=naive)


def hand_over(bank: Bank, file: bytes, *, naive: bool) -> None:
    """The file again and again under the same references; naively, under new ones, as a fresh order each time."""
    if naive:
        fresh = f"-{os.getpid()}"
        lines = file.decode("utf-8-sig").splitlines()
        parts = [line.split(",", 1) for line in lines[1:]]
        file = "\n".join([lines[0], *(f"{first}{fresh},{rest}" for first, rest in parts)]).encode()
    bank.take(file)


def read(bank: Bank, chance: random.Random) -> None:
    """Read files of the bank about every batch that is under way, some of them twice, none of them whole but the
    last."""
    from niangjia.commons.payments import actions, return_file
    from niangjia.commons.payments.models import Batch, Payment
    from niangjia.kernel.actor import Actor

    for batch in Batch.objects.exclude(state__in=("drawn_up", "prepared")).order_by("pk"):
        references = {one.number for one in Payment.objects.filter(batch=batch)}
        told = bank.answers(references, chance)
        for lines in (told[: len(told) // 2], told):
            if not lines:
                continue
            with on_disk(lines) as path:
                actions.answer(
                    public_id=batch.public_id,
                    lines=return_file.lines_of(path, path.name),
                    file_hash=return_file.hash_of(path),
                    actor=Actor.system("crashing"),
                )


@contextmanager
def on_disk(lines: list[tuple[str, int, int, str]]) -> Iterator[Path]:
    """These words as a bank writes them."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="gb18030") as file:
        file.write("参考号,金额（元）,结果,失败原因,银行流水号,处理时间\n")
        for reference, fen, minute, word in lines:
            at = START + timedelta(minutes=minute)
            result = "成功," if word == "paid" else "失败,账户已注销"
            file.write(f"{reference},{fen / 100:.2f},{result},S{reference}{minute},{at:%Y-%m-%d %H:%M:%S}\n")
        file.flush()
        yield Path(file.name)


def work(path: str, seed: int, *, naive: bool) -> None:
    """What a child does until it is killed or has finished."""
    bank = Bank(path)
    send(bank, naive=naive)
    if not naive:
        read(bank, random.Random(seed))


def wait(bank: Bank, chance: random.Random, *, naive: bool) -> None:
    """Until the moment of a death: any at all, or, naively, when the bank has just begun to pay."""
    if not naive:
        time.sleep(chance.uniform(0.02, 0.35))
        return
    before, deadline = bank.lines(), time.monotonic() + 30
    while bank.lines() == before and time.monotonic() < deadline:
        time.sleep(0.005)


def main(mode: str, path: str, seed: int, kills: int) -> int:
    """Let children work and kill them; gives 0 when the last one has finished."""
    import django

    django.setup()
    bank, chance = Bank(path), random.Random(seed)
    killed = 0
    while True:
        child = os.fork()
        if child == 0:
            work(path, seed + killed, naive=mode == "naive")
            os._exit(0)
        if killed < kills:
            wait(bank, chance, naive=mode == "naive")
            os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
        elif os.waitstatus_to_exitcode(status) or killed >= kills:
            sys.stdout.write(f"{killed}\n")
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
