"""One row of a roster: what its cells say, or what is wrong with each. No database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from niangjia.commons.people.categories import CATEGORY_LABELS, ID_FORM_LABELS, WorkerCategory
from niangjia.kernel import identifiers
from niangjia.kernel.errors import DomainError
from niangjia.kernel.identifiers import IdForm, Sex
from niangjia.kernel.text import Text, _
from niangjia.platform.sheets import cells as cell
from niangjia.platform.sheets.cells import BadCell, Cell
from niangjia.platform.sheets.marks import as_written
from niangjia.services.joining import rules
from niangjia.services.joining.rosters import sheets

LONGEST_WORDS = 100
_CATEGORIES = {str(label.message): code.value for code, label in CATEGORY_LABELS.items()} | {
    code.value: code.value for code in WorkerCategory
}
_ID_KINDS = {str(label.message): form for form, label in ID_FORM_LABELS.items()} | {"身份证": IdForm.RESIDENT}


@dataclass(frozen=True)
class Places:
    """Where the people of a roster may go: ``home``, or a union below it by code, name or employer.

    ``founded`` are the days from which each union exists. ``elsewhere`` tells whether a code or name is that of a
    union outside the roster's reach.
    """

    home: int
    by_word: Mapping[str, int]
    founded: Mapping[int, date]
    elsewhere: Callable[[str], bool] = lambda _word: False


@dataclass(slots=True)
class Checked:
    """A row that was read. With ``faults`` it is an error and the rest may be missing."""

    number: int
    name: str = ""
    id_kind: str = ""
    id_number: str = ""
    sex: str = ""
    birth_date: date | None = None
    phone: str = ""
    category: str = WorkerCategory.OTHER.value
    employer: str = ""
    union_id: int = 0
    since: date | None = None
    remarks: str = ""
    code: str = ""
    faults: dict[str, Text] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)


class Checker:
    """Reads the rows of one roster by the rules of ``today``."""

    def __init__(self, places: Places, *, today: date, minimum_age: int) -> None:
        self._places, self._today, self._minimum_age = places, today, minimum_age

    def check(self, number: int, cells: Sequence[Cell]) -> Checked | None:
        """The row in the order of ``sheets.KEYS``; None for the template's example."""
        name, kind, id_number, phone, category, employer, since, remarks = cells
        if isinstance(remarks, str) and remarks.startswith(sheets.EXAMPLE):
            return None
        row = Checked(number, union_id=self._places.home)
        self._try(row, sheets.NAME, self._name, name)
        self._try(row, sheets.ID_NUMBER, self._id_number, id_number, kind)
        if phone is not None:
            self._try(row, sheets.PHONE, self._phone, phone)
        if category is not None:
            self._try(row, sheets.CATEGORY, self._category, category)
        if employer is not None:
            self._try(row, sheets.EMPLOYER, self._employer, employer)
        self._try(row, sheets.SINCE, self._since, since)
        if remarks is not None:
            self._try(row, sheets.REMARKS, self._remarks, remarks)
        if row.faults:
            row.cells = written_cells(cells)
        return row

    def _try(self, row: Checked, key: str, read: Callable[..., None], *given: Cell) -> None:
        try:
            read(row, *given)
        except BadCell as bad:
            self._fault(row, key, bad.code, bad.sentence)
        except DomainError as error:
            texts = next(iter(error.fields.values()), [error.message])
            self._fault(row, key, error.code, texts[0])

    @staticmethod
    def _fault(row: Checked, key: str, code: str, sentence: Text) -> None:
        row.code = row.code or code
        row.faults[key] = sentence

    @staticmethod
    def _name(row: Checked, name: Cell) -> None:
        row.name = identifiers.person_name(name if isinstance(name, str) else cell.words(name))

    def _id_number(self, row: Checked, id_number: Cell, kind: Cell) -> None:
        text = id_number if isinstance(id_number, str) else cell.digits(id_number)
        found = identifiers.resident_id(text, today=self._today)
        rules.require_working_age(found.birth_date, self._today, self._minimum_age)
        row.id_number, row.id_kind = found.number, found.form.value
        row.sex, row.birth_date = Sex(found.sex).value, found.birth_date
        if kind is not None and _ID_KINDS.get(cell.words(kind)) not in (None, found.form):
            raise BadCell("ID_KIND", _("证件号码不是“{kind}”的号码，请核对。", kind=cell.words(kind)[:20]))

    @staticmethod
    def _phone(row: Checked, phone: Cell) -> None:
        if isinstance(phone, int) and not isinstance(phone, bool):
            phone = str(phone)  # eleven digits survive as a number, unlike eighteen
        row.phone = identifiers.mobile_phone(phone if isinstance(phone, str) else cell.digits(phone))

    @staticmethod
    def _category(row: Checked, category: Cell) -> None:
        found = _CATEGORIES.get(category.strip() if isinstance(category, str) else cell.words(category))
        if found is None:
            raise BadCell("CATEGORY", _("没有这个职业类别，请从模板的列表里选。"))
        row.category = found

    def _employer(self, row: Checked, employer: Cell) -> None:
        row.employer = _plain(employer)
        union = self._places.by_word.get(row.employer)
        if union is not None:
            row.union_id = union
        elif self._places.elsewhere(row.employer):
            raise BadCell("OUT_OF_REACH", _("这个工会不在您的管理范围，或不直接接收会员。请核对代码或名称。"))

    def _since(self, row: Checked, since: Cell) -> None:
        day = self._today if since is None else (cell.day(since) or self._today)
        if day > self._today:
            raise BadCell("DAY_IN_FUTURE", _("入会日期不能晚于今天。"))
        if day < self._places.founded[row.union_id]:
            raise BadCell("DAY_TOO_EARLY", _("这一天工会还没有成立，请核对入会日期。"))
        if row.birth_date is not None:
            rules.require_working_age(row.birth_date, day, self._minimum_age)
        row.since = day

    @staticmethod
    def _remarks(row: Checked, remarks: Cell) -> None:
        row.remarks = _plain(remarks)


def written_cells(cells: Sequence[Cell]) -> dict[str, str]:
    """The cells by column as their author saw them, for giving the row back."""
    pairs = zip(sheets.KEYS, cells, strict=True)
    return {key: as_written(value)[:LONGEST_WORDS] for key, value in pairs if value is not None}


def _plain(value: Any) -> str:
    text = cell.words(value)
    if len(text) > LONGEST_WORDS:
        raise BadCell("CELL_TOO_LONG", _("这一格最多 {most} 个字，请缩短。", most=LONGEST_WORDS))
    found = identifiers.plain_text(text, longest=LONGEST_WORDS)
    if found is None:
        raise BadCell("CELL_UNREADABLE", _("这一格有看不见或无法识别的字符，请重新填写。"))
    return found
