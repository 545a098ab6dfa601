"""Builders for tests, benchmarks and the demonstration: roster files of invented people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import invented_phone, invented_resident_id
from niangjia.platform.jobs import worker
from niangjia.platform.sheets.write import Sheet, workbook
from niangjia.services.joining.rosters import actions, sheets
from niangjia.services.joining.rosters.models import Roster
from niangjia.services.joining.rosters.states import OnTransfer

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
GIVEN = "建国秀兰志强海燕晓东丽娟文斌小梅国庆雪大勇桂芳鹏玉珍阳静"
FIRST_DAY = date(1966, 1, 1)
DAYS = 14_000


def a_name(serial: int) -> str:
    """A name of three characters, one of some ten thousand."""
    given = GIVEN[serial // 31 % len(GIVEN)] + GIVEN[serial // 899 % len(GIVEN)]
    return SURNAMES[serial % len(SURNAMES)] + given


def a_row(serial: int, **changes: Any) -> dict[str, Any]:
    """The row of the invented person ``serial``."""
    birth = FIRST_DAY + timedelta(days=serial * 37 % DAYS)
    row = {
        sheets.NAME: a_name(serial),
        sheets.ID_NUMBER: invented_resident_id(serial, birth, "male" if serial % 3 else "female"),
        sheets.PHONE: invented_phone(10_000_000 + serial),
        sheets.CATEGORY: "快递员" if serial % 2 else "网约送餐员",
    }
    return {**row, **changes}


def a_file(rows: Iterable[Mapping[str, Any]], *, name: str = "roster.xlsx") -> SimpleUploadedFile:
    """An uploaded workbook in the form of the template, without its example."""
    with workbook([Sheet("名单", sheets.COLUMNS, rows)]) as book:
        return SimpleUploadedFile(name, book.read())


def uploaded(
    rows: Iterable[Mapping[str, Any]], union: Union, actor: Actor, *, on_transfer: str = OnTransfer.LEAVE
) -> Roster:
    """A roster that was uploaded and is not checked yet."""
    return actions.upload_roster(upload=a_file(rows), union_code=union.code, on_transfer=on_transfer, actor=actor)


def checked(rows: Iterable[Mapping[str, Any]], union: Union, actor: Actor, **more: Any) -> Roster:
    """A roster after all waiting work is done: ready, or refused."""
    roster = uploaded(rows, union, actor, **more)
    worker.drain()
    roster.refresh_from_db()
    return roster


def applied(rows: Iterable[Mapping[str, Any]], union: Union, actor: Actor, **more: Any) -> Roster:
    """A roster whose people are members."""
    roster = checked(rows, union, actor, **more)
    actions.apply_roster(public_id=roster.public_id, actor=actor)
    worker.drain()
    roster.refresh_from_db()
    return roster
