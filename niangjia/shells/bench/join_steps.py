"""The two pipelines that ``bench join`` compares, each over the same file and into the same database."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import python_calamine as calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from niangjia.commons.people.models import Membership
from niangjia.commons.people.rules import name_key
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.jobs import queue, runner
from niangjia.platform.jobs.registry import LONG
from niangjia.platform.rows import copying
from niangjia.platform.sheets.write import Sheet, workbook
from niangjia.services.joining import testing_rosters as rosters
from niangjia.services.joining.rosters import actions, sheets
from niangjia.services.joining.rosters.states import OnTransfer

OWN = ("upload", "check and stage", "apply")
"""The steps that are ours."""


@dataclass
class Found:
    """What was measured: seconds by step, memory in MiB, members made."""

    steps: dict[str, float] = field(default_factory=dict)
    joined: int = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.steps[name] = time.perf_counter() - began


def ground() -> tuple[Union, Actor]:
    """A street that takes members, and its officer, in an empty database."""
    tree = unions.small_tree()
    return tree["EAST-1"], unions.an_officer([(tree["EAST-1"], Role.UNION_OFFICER)])


def write_file(path: Path, rows: int) -> None:
    """The workbook that both read."""
    with workbook([Sheet("名单", sheets.COLUMNS, (rosters.a_row(n) for n in range(rows)))]) as book:
        path.write_bytes(book.read())


def full(path: Path, union: Union, officer: Actor, found: Found) -> None:
    """Upload, check in the child, stage, confirm, apply: everything that a district's officer and worker do."""
    upload, check, apply = OWN
    with found.step(upload):
        file = SimpleUploadedFile("roster.xlsx", path.read_bytes())
        roster = actions.upload_roster(
            upload=file, union_code=union.code, on_transfer=OnTransfer.LEAVE.value, actor=officer
        )
        del file
    with found.step(check):
        work()
    with found.step(apply):
        actions.apply_roster(public_id=roster.public_id, actor=officer)
        work()
    found.joined = Membership.objects.count()


def work() -> None:
    """Do the one long job that waits. Raises RuntimeError when it fails."""
    job = queue.claim(LONG, "bench")
    if job is None:
        raise RuntimeError("there is no work")
    runner.run(job)
    job.refresh_from_db()
    if job.error:
        raise RuntimeError(job.error)


# The bare pipeline

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_NUMBER, _PHONE = re.compile(r"[0-9]{17}[0-9X]"), re.compile(r"1[3-9][0-9]{9}")
_TEMPORARY = """CREATE TEMPORARY TABLE bare (name text, name_key text, id_number text, phone text, category text,
 sex text, born date, number text) ON COMMIT DROP"""
_PERSONS = """INSERT INTO people_person (public_id, name, name_key, name_initials, name_tail_index, sex, birth_date,
 id_kind, id_number, id_index, phone, phone_index, category, created_at)
 SELECT substr(id_number || phone, 1, 24), name, name_key, '', '', sex, born, 'resident', ''::bytea, id_number,
 ''::bytea, phone, category, %(at)s FROM bare ON CONFLICT DO NOTHING"""
_MEMBERSHIPS = """INSERT INTO people_membership (public_id, state, state_since, machine_version, created_at, number,
 since, origin, ended_by, counted_as, person_id, union_id)
 SELECT p.public_id, 'active', %(at)s, 1, %(at)s, b.number, %(day)s, 'roster', '', '{}', p.id, %(union)s
 FROM bare b JOIN people_person p ON p.id_index = b.id_number ON CONFLICT DO NOTHING"""
_STAYS = """INSERT INTO people_membershipstay (membership_id, union_id, since)
 SELECT id, union_id, since FROM people_membership ON CONFLICT DO NOTHING"""
_CARDS = """INSERT INTO people_card (public_id, state, state_since, machine_version, created_at, number, issued_on,
 bank_code, bank_card_tail, person_id)
 SELECT m.public_id, 'active', %(at)s, 1, %(at)s, lpad(m.person_id::text, 16, '0'), %(day)s, '', '', m.person_id
 FROM people_membership m ON CONFLICT DO NOTHING"""
_NARROW = """CREATE TABLE bare_narrow (id bigserial PRIMARY KEY, name text, id_number text UNIQUE, phone text UNIQUE,
 category text, sex text, born date, number text)"""
_INTO_NARROW = """INSERT INTO bare_narrow (name, id_number, phone, category, sex, born, number)
 SELECT name, id_number, phone, category, sex, born, number FROM bare ON CONFLICT DO NOTHING"""
_EMPTY = "TRUNCATE people_person, people_membership, people_membershipstay, people_card CASCADE"


def bare(path: Path, union: Union, found: Found) -> int:
    """Read, check, copy into a temporary table, insert on conflict; nothing else. Gives how many joined."""
    with found.step("bare: read and check"):
        good = list(_checked(path))
    with found.step("bare: copy and insert"), transaction.atomic(), connection.cursor() as cursor:
        _copied(cursor, good)
        values: dict[str, Any] = {"at": clock.now(), "day": clock.today(), "union": union.pk}
        for statement in (_PERSONS, _MEMBERSHIPS, _STAYS, _CARDS):
            cursor.execute(statement, values)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_card")
        joined = int(cursor.fetchone()[0])
        cursor.execute(_EMPTY)
    narrow(good, found)
    return joined


def narrow(good: list[tuple[Any, ...]], found: Found) -> None:
    """The same rows into one table of eight columns, for comparison."""
    with connection.cursor() as cursor:
        cursor.execute(_NARROW)
        with found.step("one narrow table: copy and insert"), transaction.atomic():
            _copied(cursor, good)
            cursor.execute(_INTO_NARROW)
        cursor.execute("DROP TABLE bare_narrow")


def _copied(cursor: Any, good: list[tuple[Any, ...]]) -> None:
    cursor.execute(_TEMPORARY)
    with copying("COPY bare FROM STDIN") as copy:
        for row in good:
            copy.write_row(row)


def _checked(path: Path) -> Iterator[tuple[Any, ...]]:
    rows: Iterator[list[Any]] = calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()
    next(rows)
    seen: set[str] = set()
    for serial, (name, _kind, number, phone, category, *_rest) in enumerate(rows):
        if not _NUMBER.fullmatch(number) or not _PHONE.fullmatch(phone) or number in seen or not name:
            continue
        total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
        if "10X98765432"[total % 11] != number[17]:
            continue
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        seen.add(number)
        sex = "male" if int(number[16]) % 2 else "female"
        code = "courier" if category == "快递员" else "delivery_rider"
        yield name, name_key(name), number, phone, code, sex, born, f"HY{serial:07d}"


def memory() -> tuple[float, float]:
    """Most memory so far of this process, and of the greatest of its children, in MiB."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
