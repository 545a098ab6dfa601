"""Who may be enrolled from which day until when, and whether that is a renewal. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from niangjia.commons.people.categories import CATEGORY_LABELS, SEX_LABELS, WorkerCategory
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.identifiers import Sex, age_on
from niangjia.kernel.text import Text, _

ONE_DAY = timedelta(days=1)


def last_day(from_day: date, months: int) -> date:
    """The last day of a period of ``months``: the day before the same day of the month in which it ends; where that
    month is shorter, its last day."""
    month = from_day.month - 1 + months
    year, month = from_day.year + month // 12, month % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    longest = (following - ONE_DAY).day
    if from_day.day > longest:
        return date(year, month, longest)
    return date(year, month, from_day.day) - ONE_DAY


@dataclass(frozen=True)
class Bounds:
    """Whom the version takes that is in force on ``from_day``."""

    age_from: int
    age_to: int
    months: int
    categories: frozenset[str] = frozenset()
    sex: str = ""


class Standing(NamedTuple):
    """What is known of a person. ``until`` is the last day of the last enrolment in the plan that was not cancelled,
    ``since`` the day from which that protects without a gap."""

    category: str
    sex: str
    birth_date: date | None
    until: date | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """An enrolment as it would be."""

    from_day: date
    to_day: date
    protected_since: date
    renewed: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody cannot be enrolled: a code, and the sentence for it."""

    code: str
    sentence: Text


class Judge:
    """Judges standings by one set of bounds and one first day; ages are worked out once for each birth date."""

    def __init__(self, bounds: Bounds, from_day: date) -> None:
        self.bounds, self.from_day = bounds, from_day
        self._ages: dict[date, Refusal | None] = {}

    def judge(self, standing: Standing) -> Period | Refusal:
        """The enrolment, or why there is none. Who was in the plan until the day before is renewed."""
        return self._unfit(standing) or self._period(standing)

    def _period(self, standing: Standing) -> Period | Refusal:
        until = standing.until
        if until is not None and until >= self.from_day:
            text = _("已在保障期内，到 {day} 为止。下一期从 {next} 起办理。", day=until, next=until + ONE_DAY)
            return Refusal("COVERED", text)
        if until is not None and until == self._day_before and standing.since is not None:
            return Period(self.from_day, self._to_day, standing.since, renewed=True)
        return self._fresh

    def _unfit(self, standing: Standing) -> Refusal | None:
        bounds = self.bounds
        if bounds.categories and standing.category not in bounds.categories:
            label = CATEGORY_LABELS[WorkerCategory(standing.category)]
            return Refusal("CATEGORY_OUTSIDE", _("这个方案不保障“{category}”，请看保障说明。", category=label))
        if bounds.sex and standing.sex != bounds.sex:
            return Refusal("SEX_OUTSIDE", _("这个方案只保障{sex}性职工。", sex=SEX_LABELS[Sex(bounds.sex)]))
        born = standing.birth_date
        if born is None:
            return Refusal("BIRTH_DATE_MISSING", _("没有登记出生日期，请先补登本人信息。"))
        if born not in self._ages:
            self._ages[born] = self._outside(born)
        return self._ages[born]

    def _outside(self, born: date) -> Refusal | None:
        """Both ages of the bounds are included, in completed years on the first day."""
        age, first, last = age_on(born, self.from_day), self.bounds.age_from, self.bounds.age_to
        if first <= age <= last:
            return None
        text = _("起保当天 {age} 周岁，这个方案保障 {first} 至 {last} 周岁。", age=age, first=first, last=last)
        return Refusal("AGE_OUTSIDE", text)

    @cached_property
    def _day_before(self) -> date:
        return self.from_day - ONE_DAY

    @cached_property
    def _to_day(self) -> date:
        return last_day(self.from_day, self.bounds.months)

    @cached_property
    def _fresh(self) -> Period:
        return Period(self.from_day, self._to_day, self.from_day, renewed=False)


def require_end(day: date, from_day: date, to_day: date) -> None:
    """An early end lies within the period, before its last day. Raises RuleBroken END_DAY."""
    if not from_day <= day < to_day:
        text = _("终止日期要在保障期之内，早于原来的最后一天。")
        raise RuleBroken("END_DAY", text, fields={"day": [text]})


def require_first_day(from_day: date, today: date, *, back: int, ahead: int) -> None:
    """Raises RuleBroken FROM_DAY when protection would begin more than ``back`` days ago or in over ``ahead`` days."""
    if today - timedelta(days=back) <= from_day <= today + timedelta(days=ahead):
        return
    text = _(
        "起保日期要在 {first} 至 {last} 之间。", first=today - timedelta(days=back), last=today + timedelta(days=ahead)
    )
    raise RuleBroken("FROM_DAY", text, fields={"from_day": [text]})


def nobody(counts: Mapping[str, int]) -> RuleBroken | None:
    """Why a list may not be applied: nobody on it can be enrolled."""
    if counts.get("new", 0) + counts.get("renewed", 0):
        return None
    return RuleBroken("NOBODY_TO_ENROL", _("名单里没有可以参保的人。请看每一行的原因，改正后再上传一次。"))


def too_few(insured: int, members: int, *, share: int, everyone_under: int, stated: int = 0) -> RuleBroken | None:
    """Why a unit may not join a group plan yet: too small a share of its staff would be insured. Staff are its
    ``members``, or the headcount that the buyer has ``stated`` where that is greater."""
    staff = max(members, stated)
    needed = staff if staff < everyone_under else -(-staff * share // 100)
    if insured >= needed:
        return None
    counts = {"staff": staff, "needed": needed, "insured": insured}
    if 0 < stated < members:
        text = _(
            "在册会员有 {staff} 人，比按填报算的职工 {stated} 人多，以会员人数为准："
            "要有 {needed} 人参保，现在只有 {insured} 人。"
            "请补齐名单；已经离职的会员，先办理会籍转接或退会。", stated=stated, **counts,
        )  # fmt: skip
    else:
        text = _("单位有职工 {staff} 人，要有 {needed} 人参保，现在只有 {insured} 人。请补齐名单后再办理。", **counts)
    return RuleBroken("TOO_FEW_OF_STAFF", text)
