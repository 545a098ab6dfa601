"""The two pipelines that ``bench reimburse`` compares, each over the same file and into the same database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import python_calamine as calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from niangjia.commons.people.models import ID_NUMBER
from niangjia.commons.people.rules import name_key
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data.blind_index import indexer
from niangjia.platform.rows import copying
from niangjia.platform.sheets.write import Sheet, workbook
from niangjia.services.joining import testing_rosters as rosters
from niangjia.services.joining.rosters import sheets as roster_sheets
from niangjia.services.reimbursement import actions
from niangjia.services.reimbursement.feeds import sheets
from niangjia.services.reimbursement.models import Case, Feed, FeedRow
from niangjia.services.reimbursement.rounds import open_round
from niangjia.services.reimbursement.states import Outcome
from niangjia.shells.bench import join_steps
from niangjia.shells.bench.join_steps import Found

OWN = ("upload", "check and stage", "apply")
"""The steps that are ours."""

SETTLEMENTS_OF_ONE = 2
"""How often each member was at the doctor."""


def ground(rows: int, folder: Path) -> tuple[Union, Actor]:
    """A street with its members and its clerk, in an empty database."""
    union, officer = join_steps.ground()
    path = folder / "roster.xlsx"
    join_steps.write_file(path, max(1, rows // SETTLEMENTS_OF_ONE))
    join_steps.full(path, union, officer, Found())
    return union, unions.an_officer([(union, Role.AGENCY_CLERK)], "clerk")


def write_file(path: Path, rows: int) -> None:
    """The workbook that both read: ``rows`` good ones, and one bad one on top for each hundred."""
    today = clock.today().isoformat()
    with workbook([Sheet("结算数据", sheets.COLUMNS, _rows(rows, today))]) as book:
        path.write_bytes(book.read())


def _rows(rows: int, today: str) -> Iterator[dict[str, Any]]:
    people = max(1, rows // SETTLEMENTS_OF_ONE)
    for n in range(rows):
        yield _row(n % people, n, today)
        if n % 100 == 99:
            nobody = _row(4_000_000 + n, rows + n, today)
            yield nobody if n % 200 == 99 else {**nobody, sheets.SELF_PAID: "壹佰"}


def _row(person: int, serial: int, today: str) -> dict[str, Any]:
    who = rosters.a_row(person)
    return {
        sheets.NAME: who[roster_sheets.NAME],
        sheets.ID_NUMBER: who[roster_sheets.ID_NUMBER],
        sheets.TRANSACTION: f"YB{serial:014d}",
        sheets.KIND: "住院" if serial % 9 == 0 else "门诊",
        sheets.FROM_DAY: today,
        sheets.SELF_PAID: f"{700 + serial % 900}.{serial % 100:02d}",
    }


def full(path: Path, union: Union, clerk: Actor, found: Found) -> None:
    """Upload, check in the child, stage, apply: everything that a clerk and the workers do."""
    upload, check, apply = OWN
    with found.step(upload):
        file = SimpleUploadedFile("settlements.xlsx", path.read_bytes())
        feed = actions.upload_roster(upload=file, union_code=union.code, programme="general", actor=clerk)
        del file
    with found.step(check):
        join_steps.work()
    with found.step(apply):
        actions.apply_roster(public_id=feed.public_id, actor=clerk)
        join_steps.work()
    found.joined = Case.objects.filter(round__feed=feed).count()


def bad_rows() -> int:
    """How many rows of the only feed that was applied could not be used."""
    feed = Feed.objects.get()
    bad = (Outcome.ERROR.value, Outcome.UNMATCHED.value)
    return FeedRow.objects.filter(roster=feed, outcome__in=bad).count()


# The bare pipeline

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_NUMBER, _YUAN = re.compile(r"[0-9]{17}[0-9X]"), re.compile(r"[0-9]{1,8}\.[0-9]{2}")
_TEMPORARY = """CREATE TEMPORARY TABLE bare (transaction text, name_key text, id_index text, kind text, day date,
 fen bigint) ON COMMIT DROP"""
_CASES = """INSERT INTO reimbursement_case (public_id, state, state_since, machine_version, created_at, programme,
 round_id, transaction, kind, from_day, to_day, year, person_id, owner_key, union_id, self_paid_fen, fen, document,
 sampled)
 SELECT b.transaction, 'computed', %(at)s, 1, %(at)s, 'general', %(round)s, b.transaction, b.kind, b.day, b.day,
 extract(year from b.day), p.id, p.public_id, m.union_id, b.fen, b.fen / 2, '{}', ''
 FROM bare b JOIN people_person p ON p.id_index = b.id_index AND p.name_key = b.name_key
 JOIN people_membership m ON m.person_id = p.id AND m.since <= b.day AND (m.until IS NULL OR m.until > b.day)
 ON CONFLICT DO NOTHING"""


def bare(path: Path, union: Union, found: Found) -> int:
    """Read, check, copy into a temporary table, insert on conflict; nothing else. Gives how many became cases."""
    with found.step("bare: read and check"):
        good = list(_checked(path))
    with transaction.atomic():
        round_ = open_round(union_id=union.pk, programme="general", actor=unions.SYSTEM)
    with found.step("bare: copy and insert"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TEMPORARY)
        with copying("COPY bare FROM STDIN") as copy:
            for row in good:
                copy.write_row(row)
        cursor.execute(_CASES, {"at": clock.now(), "round": round_.pk})
    made = Case.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE reimbursement_case, reimbursement_round")
    return made


def _checked(path: Path) -> Iterator[tuple[Any, ...]]:
    rows: Iterator[list[Any]] = calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()
    next(rows)
    index, seen = indexer(ID_NUMBER), set[str]()
    for name, number, transaction_number, kind, day, _until, paid in rows:
        if not _NUMBER.fullmatch(number) or not _YUAN.fullmatch(paid) or transaction_number in seen or not name:
            continue
        total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
        if "10X98765432"[total % 11] != number[17]:
            continue
        seen.add(transaction_number)
        fen = int(paid.replace(".", ""))
        yield transaction_number, name_key(name), index(number), sheets.KINDS[kind], date.fromisoformat(day), fen
