"""What would become of a row that could be read: a new member, one already, one elsewhere, somebody to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from niangjia.kernel.text import Text, _
from niangjia.services.joining.rosters import sheets
from niangjia.services.joining.rosters.checking import Checked
from niangjia.services.joining.rosters.known import Known, Register
from niangjia.services.joining.rosters.states import Outcome


@dataclass(slots=True)
class Judged:
    """A row with its outcome. ``like`` is the known person whom it resembles, ``facts`` in what."""

    row: Checked
    outcome: Outcome
    person: Known | None = None
    like: int | None = None
    facts: tuple[str, ...] = ()
    id_index: str = ""
    phone_index: str = ""
    name_key: str = ""
    keeps_phone: bool = True


@dataclass
class Seen:
    """ID numbers and phones of the file so far, each with the row that brought it first."""

    numbers: dict[str, int] = field(default_factory=dict)
    phones: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Judge:
    """``weights`` are the points of each likeness, ``threshold`` the points from which it is doubted; ``cleared`` are
    the pairs (ID index, person) that somebody has called different people, with the facts that were judged."""

    register: Register
    seen: Seen
    weights: Mapping[tuple[str, ...], int]
    threshold: int
    cleared: Mapping[tuple[str, int], frozenset[str]]

    def judge(self, row: Checked, id_index: str, phone_index: str, name_key: str) -> Judged:
        found = Judged(row, Outcome.ERROR, id_index=id_index, phone_index=phone_index, name_key=name_key)
        if row.faults or self._is_double(found):
            return found
        known = self.register.by_number.get(id_index)
        return self._of_known(found, known) if known is not None else self._of_unknown(found)

    def _is_double(self, found: Judged) -> bool:
        """Whether an earlier row of the file has the same number or phone; then this one is given back."""
        row = found.row
        first = self.seen.numbers.setdefault(found.id_index, row.number)
        if first != row.number:
            _refuse(row, sheets.ID_NUMBER, "ROW_TWICE", _("和第 {row} 行是同一个证件号码，请只留一行。", row=first))
            return True
        if not found.phone_index:
            return False
        first = self.seen.phones.setdefault(found.phone_index, row.number)
        if first != row.number:
            _refuse(row, sheets.PHONE, "PHONE_TWICE", _("和第 {row} 行是同一个手机号，请核对。", row=first))
        return first != row.number

    def _of_known(self, found: Judged, known: Known) -> Judged:
        found.person, row = known, found.row
        if known.name_key != found.name_key:
            return self._doubted(found, known.pk, ("id_number",))
        if known.union_id is not None:
            found.outcome = Outcome.MEMBER if known.union_id == row.union_id else Outcome.ELSEWHERE
        elif known.free_from is not None and row.since is not None and row.since < known.free_from:
            text = _("这一天还属于以前的会籍，入会日期要在以前的会籍终止以后。")
            _refuse(row, sheets.SINCE, "MEMBERSHIPS_OVERLAP", text)
        else:
            found.outcome = Outcome.NEW
        return found

    def _of_unknown(self, found: Judged) -> Judged:
        row = found.row
        by_phone = self.register.by_phone.get(found.phone_index) if found.phone_index else None
        by_traits = self.register.by_traits.get((found.name_key, row.birth_date, row.sex))
        like = by_phone if by_phone is not None else by_traits
        if like is None:
            found.outcome = Outcome.NEW
            return found
        facts = (("phone",) if by_phone is not None else ()) + (_TRAITS if by_traits == like else ())
        found.keeps_phone = by_phone is None
        return self._doubted(found, like, facts)

    def _doubted(self, found: Judged, like: int, facts: tuple[str, ...]) -> Judged:
        judged = self.cleared.get((found.id_index, like), frozenset())
        if self._points(facts) < self.threshold or (judged and judged >= set(facts) and "id_number" not in facts):
            found.outcome = Outcome.NEW
            return found
        found.outcome, found.like, found.facts = Outcome.DUPLICATE, like, facts
        found.row.code = "LIKELY_DUPLICATE"
        return found

    def _points(self, facts: tuple[str, ...]) -> int:
        held = set(facts)
        return sum(points for fields, points in self.weights.items() if held >= set(fields))


_TRAITS = ("name", "birth_date", "sex")


def _refuse(row: Checked, key: str, code: str, sentence: Text) -> None:
    row.code = code
    row.faults[key] = sentence
