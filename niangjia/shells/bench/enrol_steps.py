"""The two pipelines that ``bench enrol`` compares, each over the same file and into the same database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import python_calamine as calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from niangjia.commons.people import rules as people_rules
from niangjia.commons.people.models import ID_NUMBER, Membership, Person
from niangjia.commons.rosters import preview
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import invented_resident_id
from niangjia.kernel.ids import new_public_id
from niangjia.platform import rows as many
from niangjia.platform.jobs import queue, runner
from niangjia.platform.jobs.models import Job
from niangjia.platform.jobs.registry import LONG
from niangjia.platform.personal_data.blind_index import indexer
from niangjia.platform.rows import copying
from niangjia.platform.sheets.write import Sheet, workbook
from niangjia.services.protection import testing
from niangjia.services.protection.enrolment import actions, queries, sheets
from niangjia.services.protection.enrolment.kind import KIND
from niangjia.services.protection.models import Enrolment, PlanVersion
from niangjia.shells.bench.join_steps import memory as memory

OWN = ("upload", "check and stage", "enrol", "workbook of bad rows")
"""The steps that are ours."""

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
GIVEN = "建国秀兰志强海燕晓东丽娟文斌小梅国庆雪大勇桂芳鹏玉珍阳静"
FIRST_DAY, DAYS = date(1967, 1, 1), 14_000
_BAR = 40


@dataclass
class Found:
    """What was measured: seconds by step, people enrolled, rows given back. ``told`` is where progress is shown."""

    told: Any
    steps: dict[str, float] = field(default_factory=dict)
    enrolled: int = 0
    given_back: int = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.told.write(f"{name} …")
        began = time.perf_counter()
        yield
        self.steps[name] = time.perf_counter() - began

    def bar(self, done: int, total: int) -> None:
        """One line that fills."""
        full = _BAR * done // max(total, 1)
        self.told.write(f"\r[{'#' * full}{'.' * (_BAR - full)}] {done:,} / {total:,}", ending="")


@dataclass(frozen=True)
class Ground:
    """A city with a free plan, a street full of members, and who may decide there."""

    city: Union
    street: Union
    version: PlanVersion
    officers: tuple[Actor, Actor, Actor]


def a_name(serial: int) -> str:
    given = GIVEN[serial // 31 % len(GIVEN)] + GIVEN[serial // 899 % len(GIVEN)]
    return SURNAMES[serial % len(SURNAMES)] + given


def a_number(serial: int) -> str:
    """The identity number of the invented member ``serial``."""
    born = FIRST_DAY + timedelta(days=serial * 37 % DAYS)
    return invented_resident_id(serial, born, "male" if serial % 3 else "female")


def ground(rows: int, found: Found) -> Ground:
    """The plan and the members, before anything is measured."""
    tree = unions.small_tree()
    street = tree["EAST-1"]
    _plan, _first, version = testing.six_gifts(tree["CITY"])
    offices = ((street, Role.AGENCY_CLERK), (tree["CITY"], Role.UNION_OFFICER), (tree["CITY"], Role.REVIEWER))
    clerk, officer, reviewer = (unions.an_officer([one], f"officer {n}") for n, one in enumerate(offices))
    with found.step("registering the members"), transaction.atomic():
        _register(street, rows)
        _prepare_bare()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Ground(tree["CITY"], street, version, (clerk, officer, reviewer))


_PERSON = ("id", "public_id", "name", "name_key", "name_initials", "name_tail_index", "sex", "birth_date", "id_kind",
           "id_number", "id_index", "phone", "phone_index", "category", "created_at")  # fmt: skip
_MEMBERSHIP = ("public_id", "state", "state_since", "machine_version", "created_at", "person_id", "union_id", "number",
               "since", "origin", "ended_by", "counted_as")  # fmt: skip


def _register(street: Union, rows: int) -> None:
    now, today, index = clock.now(), clock.today(), indexer(ID_NUMBER)
    ids = many.next_ids(Person, rows)
    people = (_person(pk, serial, now, index) for serial, pk in enumerate(ids))
    many.write(Person, _PERSON, people)
    members: Iterator[tuple[Any, ...]] = (
        (new_public_id(), "active", now, 1, now, pk, street.pk, f"HY{serial:07d}", today, "roster", "", {})
        for serial, pk in enumerate(ids)
    )
    many.write(Membership, _MEMBERSHIP, members)


def _person(pk: int, serial: int, now: Any, index: Any) -> tuple[Any, ...]:
    name, number = a_name(serial), a_number(serial)
    sex = "male" if serial % 3 else "female"
    category = "courier" if serial % 2 else "delivery_rider"
    born = FIRST_DAY + timedelta(days=serial * 37 % DAYS)
    return (
        pk, new_public_id(), name, people_rules.name_key(name), "", "", sex, born, "resident", b"", index(number), b"",
        "", category, now,
    )  # fmt: skip


def write_file(path: Path, rows: int) -> None:
    """The workbook that both read: every hundredth good row is followed by one whose check digit is wrong."""
    with workbook([Sheet("名单", sheets.COLUMNS, _lines(rows))]) as book:
        path.write_bytes(book.read())


def _lines(rows: int) -> Iterator[dict[str, Any]]:
    for serial in range(rows):
        number = a_number(serial)
        yield {sheets.NAME: a_name(serial), sheets.ID_NUMBER: number}
        if serial % 100 == 99:
            wrong = "0" if number[17] != "0" else "1"
            yield {sheets.NAME: a_name(serial), sheets.ID_NUMBER: number[:17] + wrong}


def full(path: Path, place: Ground, found: Found) -> None:
    """Upload, check in the child, stage, the three offices, the step, the workbook of bad rows."""
    clerk, officer, reviewer = place.officers
    upload, check, enrol, book = OWN
    with found.step(upload):
        file = SimpleUploadedFile("list.xlsx", path.read_bytes())
        roster = actions.upload_roster(
            upload=file, union_code=place.street.code, plan_code="six", from_day=clock.today(), actor=officer
        )
        del file
    with found.step(check):
        _work(found)
    with found.step(enrol):
        actions.confirm_roster(public_id=roster.public_id, actor=officer)
        actions.forward_roster(public_id=roster.public_id, actor=clerk)
        actions.apply_roster(public_id=roster.public_id, actor=reviewer)
        _work(found)
    roster.refresh_from_db()
    with found.step(book), transaction.atomic():
        rows = KIND.rows_of(roster).filter(outcome__in=KIND.bad).order_by("number")
        with preview.returned(KIND, roster, queries.opened_rows(roster, rows, officer)):
            found.given_back = rows.count()
    found.enrolled = Enrolment.objects.count()


def _work(found: Found) -> None:
    job = queue.claim(LONG, "bench")
    if job is None:
        raise RuntimeError("there is no work")

    def watch() -> bool:
        done = Job.objects.values_list("progress_done", "progress_total").get(pk=job.pk)
        found.bar(*(number or 0 for number in done))
        return False

    runner.run(job, watch)
    job.refresh_from_db()
    if job.error:
        raise RuntimeError(job.error)


# The bare pipeline

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_KNOWN = "CREATE TABLE bare_people (id_number text PRIMARY KEY, person_id bigint)"
_TEMPORARY = """CREATE TEMPORARY TABLE bare (name text, id_number text, born date, public_id text) ON COMMIT DROP"""
_INSERT = """INSERT INTO protection_enrolment (public_id, state, state_since, machine_version, created_at, plan_id,
 version_id, person_id, union_id, from_day, to_day, protected_since, renewed, source, batch)
 SELECT b.public_id, 'in_force', %(at)s, 1, %(at)s, %(plan)s, %(version)s, k.person_id, %(union)s, %(day)s, %(last)s,
 %(day)s, false, 'roster', 'bare' FROM bare b JOIN bare_people k USING (id_number) ON CONFLICT DO NOTHING"""
_NARROW = """CREATE TABLE bare_narrow (id_number text PRIMARY KEY, name text, born date, public_id text UNIQUE)"""
_INTO_NARROW = """INSERT INTO bare_narrow SELECT id_number, name, born, public_id FROM bare ON CONFLICT DO NOTHING"""


def _prepare_bare() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN)
    people = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    with copying("COPY bare_people FROM STDIN") as copy:
        for serial, pk in enumerate(people):
            copy.write_row((a_number(serial), pk))


def bare(path: Path, place: Ground, found: Found) -> int:
    """Read, check, copy, insert on conflict; then empty what was written."""
    with found.step("bare: read and check"):
        good = list(_checked(path))
    day = clock.today()
    last, version = day + timedelta(days=364), place.version
    values: dict[str, Any] = {"at": clock.now(), "day": day, "last": last, "plan": version.plan_id}
    values |= {"version": version.pk, "union": place.street.pk}
    with found.step("bare: copy and insert"), transaction.atomic(), connection.cursor() as cursor:
        _copied(cursor, good)
        cursor.execute(_INSERT, values)
        enrolled = int(cursor.rowcount)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE protection_enrolment CASCADE")
        cursor.execute(_NARROW)
        with found.step("one narrow table: copy and insert"), transaction.atomic():
            _copied(cursor, good)
            cursor.execute(_INTO_NARROW)
        cursor.execute("DROP TABLE bare_narrow")
    return enrolled


def _copied(cursor: Any, good: list[tuple[Any, ...]]) -> None:
    cursor.execute(_TEMPORARY)
    with copying("COPY bare FROM STDIN") as copy:
        for row in good:
            copy.write_row(row)


def _checked(path: Path) -> Iterator[tuple[Any, ...]]:
    rows: Iterator[list[Any]] = calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()
    next(rows)
    seen: set[str] = set()
    for serial, (name, number, *_rest) in enumerate(rows):
        if len(number) != 18 or not number[:17].isdecimal() or number in seen or not name:
            continue
        total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
        if "10X98765432"[total % 11] != number[17]:
            continue
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        seen.add(number)
        yield name, number, born, f"B{serial:09d}"
