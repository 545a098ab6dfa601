"""Builders for tests, benchmarks and the demonstration: lists of invented people to be enrolled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from niangjia.commons.people import testing as people
from niangjia.commons.people.models import Person
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.jobs import worker
from niangjia.platform.sheets.write import Sheet, workbook
from niangjia.services.protection.enrolment import actions, sheets
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.models import Plan


def members(union: Union, count: int, *, first: int = 0, category: str = "delivery_rider") -> list[Person]:
    """Members of a union since a month ago."""
    since = clock.today() - timedelta(days=30)
    found = []
    for serial in range(first, first + count):
        person = people.a_person(f"张试{_LETTERS[serial % 10]}", serial=serial, category=category)
        people.a_member(union, person=person, day=since)
        found.append(person)
    return found


_LETTERS = "甲乙丙丁戊己庚辛壬癸"


def a_row(person: Person, **changes: Any) -> dict[str, Any]:
    """The row of a person in a list."""
    return {sheets.NAME: person.name, sheets.ID_NUMBER: person.id_number, **changes}


def a_file(rows: Iterable[Mapping[str, Any]], *, name: str = "list.xlsx") -> SimpleUploadedFile:
    """An uploaded workbook in the form of the template, without its example."""
    with workbook([Sheet("名单", sheets.COLUMNS, rows)]) as book:
        return SimpleUploadedFile(name, book.read())


def uploaded(
    rows: Iterable[Mapping[str, Any]], union: Union, plan: Plan, actor: Actor, *, from_day: date | None = None
) -> Roster:
    """A list that was uploaded and is not checked yet."""
    return actions.upload_roster(
        upload=a_file(rows), union_code=union.code, plan_code=plan.code, from_day=from_day or clock.today(), actor=actor
    )


def checked(rows: Iterable[Mapping[str, Any]], union: Union, plan: Plan, actor: Actor, **more: Any) -> Roster:
    """A list after all waiting work is done: ready, or refused."""
    return after_work(uploaded(rows, union, plan, actor, **more))


def after_work(roster: Roster) -> Roster:
    """The list after all waiting work is done."""
    worker.drain()
    roster.refresh_from_db()
    return roster
