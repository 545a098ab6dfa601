"""The terms of a plan's version as one value, and the document in which a draft keeps them. Pure.

The same value is read from a draft and from the rows of a published version, so that leaflet, rule and dry run cannot
differ. Sums are fen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.services.protection.catalogue import PAPER_LABELS, Basis, Formula, Measure, Scope, TierPays

LARGEST_FEN = 1_000_000_00
"""A million yuan for one person: a sum beyond it is a slip of the pen."""

OLDEST_AGE = 120
OLDEST_CHILD = 60
NUMBERS: Mapping[Formula, tuple[str, ...]] = {
    Formula.FIXED: (),
    Formula.GRADE: (),
    Formula.AREA: ("fen_per_square_metre",),
    Formula.SHARE: ("per_cent", "deductible_fen"),
    Formula.DAILY: ("fen_per_day", "first_day", "most_days"),
}
"""What a formula counts with; grades have a table of their own."""


@dataclass(frozen=True)
class Tier:
    """What is paid when the event falls on day ``from_day`` to ``to_day`` since protection began; None is no end."""

    from_day: int
    to_day: int | None
    pays: str
    fen: int = 0

    def holds(self, day: int) -> bool:
        return self.from_day <= day and (self.to_day is None or day <= self.to_day)


@dataclass(frozen=True)
class CoverTerms:
    """One peril; ``data`` are the numbers of its formula, ``papers`` (code, needed).

    With ``child_to`` the event happens to a child of the one insured, at most that old in completed years on its day.
    """

    code: str
    name: str
    sum_fen: int
    formula: str = Formula.FIXED.value
    data: Mapping[str, Any] = field(default_factory=dict)
    tiers: tuple[Tier, ...] = (Tier(0, None, TierPays.FULL.value),)
    papers: tuple[tuple[str, bool], ...] = ()
    sex: str = ""
    claim_days: int = 730
    summary: str = ""
    child_to: int | None = None

    def tier_on(self, day: int) -> Tier | None:
        """The waiting tier on the ``day``-th day of protection, the first being 0."""
        return next((tier for tier in self.tiers if tier.holds(day)), None)


@dataclass(frozen=True)
class LimitTerms:
    """At most ``amount`` of ``measure`` for each ``basis`` and ``scope``; ``cover`` empty adds up all covers."""

    basis: str
    scope: str
    measure: str
    amount: int
    cover: str = ""


@dataclass(frozen=True)
class Terms:
    """Everything by which a version judges. ``cap_fen``: the most that one person gets in one period."""

    covers: tuple[CoverTerms, ...]
    cap_fen: int
    limits: tuple[LimitTerms, ...] = ()
    months: int = 12
    age_from: int = 16
    age_to: int = 60
    categories: tuple[str, ...] = ()
    sex: str = ""
    price_fen: int = 0
    share_percent: int = 0
    everyone_under: int = 0
    self_enrolment: bool = False
    four_eyes: bool = True
    exclusions: str = ""

    def cover(self, code: str) -> CoverTerms | None:
        return next((cover for cover in self.covers if cover.code == code), None)

    @property
    def ceilings(self) -> tuple[LimitTerms, ...]:
        """The limits in the order of use; the cap of a person in a period comes last."""
        cap = LimitTerms(Basis.PERIOD.value, Scope.PERSON.value, Measure.FEN.value, self.cap_fen)
        return (*self.limits, cap)


def document_of(terms: Terms) -> dict[str, Any]:
    """As it is kept in a draft: only lists, numbers and strings."""
    return _plain(asdict(terms))  # type: ignore[no-any-return]


def read(document: Mapping[str, Any], *, whole: bool = True) -> Terms:
    """The terms of a document; a draft that is not ``whole`` may lack covers yet. Raises RuleBroken PLAN_TERMS when
    they do not make sense."""
    try:
        covers = tuple(_cover(cover) for cover in document["covers"])
        limits = tuple(LimitTerms(**limit) for limit in document.get("limits", ()))
        rest = {key: value for key, value in document.items() if key not in ("covers", "limits")}
        terms = Terms(covers=covers, limits=limits, **{**rest, "categories": tuple(rest.get("categories", ()))})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise broken(_("条款的内容不完整，请检查后再保存。"), "covers") from error
    require_sound(terms, whole=whole)
    return terms


def _cover(document: Mapping[str, Any]) -> CoverTerms:
    tiers = tuple(Tier(**tier) for tier in document.get("tiers", ())) or CoverTerms.tiers
    papers = tuple((str(paper), bool(needed)) for paper, needed in document.get("papers", ()))
    return CoverTerms(**{**document, "tiers": tiers, "papers": papers})


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the field of a form beside which it is said."""

    field: str
    sentence: Text


def require_sound(terms: Terms, *, whole: bool = True) -> None:
    """Raises RuleBroken PLAN_TERMS with the first thing that is wrong. A ``whole`` version has a cover at least."""
    if whole and not terms.covers:
        raise broken(_("至少要有一项保障。"), "covers")
    for fault in _faults(terms):
        raise broken(fault.sentence, fault.field)


def broken(sentence: Text, field_name: str) -> RuleBroken:
    """The refusal of terms that do not make sense."""
    return RuleBroken("PLAN_TERMS", sentence, fields={"terms": [sentence], field_name: [sentence]})


def _faults(terms: Terms) -> Iterator[Fault]:
    codes = [cover.code for cover in terms.covers]
    if len(set(codes)) != len(codes):
        yield Fault("code", _("两项保障用了同一个代码，请改一个。"))
    if not 0 < terms.cap_fen <= LARGEST_FEN:
        yield Fault("cap", _("每人最高保障金额要大于零、不超过 1,000,000 元。"))
    if not 0 <= terms.age_from <= terms.age_to <= OLDEST_AGE:
        yield Fault("age_to", _("年龄范围不对，请检查起止年龄。"))
    if not (0 <= terms.share_percent <= 100 and terms.price_fen >= 0 and 1 <= terms.months <= 36):
        yield Fault("months", _("价格、参保比例或保障月数不对，请检查。"))
    for cover in terms.covers:
        yield from _cover_faults(cover)
    yield from _limit_faults(terms.limits, codes)


def _cover_faults(cover: CoverTerms) -> Iterator[Fault]:
    if not (cover.code.isascii() and cover.code.replace("_", "").isalnum() and len(cover.code) <= 30 and cover.name):
        yield Fault("code", _("保障代码只能用字母、数字和下划线，名称不能为空。"))
    if not 0 < cover.sum_fen <= LARGEST_FEN:
        yield Fault("sum", _("“{cover}”的保障金额要大于零、不超过 1,000,000 元。", cover=cover.name))
    if not _has_its_numbers(cover):
        yield Fault("formula", _("“{cover}”的计算方式缺少数字，请补全。", cover=cover.name))
    if cover.child_to is not None and not 0 <= cover.child_to <= OLDEST_CHILD:
        yield Fault("child_to", _("子女的年龄请填 0 到 {most} 周岁。", most=OLDEST_CHILD))
    if unknown := [paper for paper, _needed in cover.papers if paper not in PAPER_LABELS]:
        yield Fault("papers", _("“{cover}”要的材料“{paper}”没有这一种。", cover=cover.name, paper=unknown[0]))
    if not _joined_up(cover.tiers):
        text = _("“{cover}”的等待期要从第 0 天起一段接一段，最后一段不设终点。", cover=cover.name)
        yield Fault("tiers", text)
    if any(
        tier.pays not in set(TierPays) or (tier.pays == TierPays.CONSOLATION) != (tier.fen > 0) for tier in cover.tiers
    ):
        yield Fault("tiers", _("“{cover}”等待期里的慰问金额不对：只有慰问档写金额。", cover=cover.name))


def _has_its_numbers(cover: CoverTerms) -> bool:
    if cover.formula not in set(Formula):
        return False
    if cover.formula == Formula.GRADE:
        grades = cover.data.get("grades")
        return isinstance(grades, Mapping) and bool(grades) and all(_whole(fen) for fen in grades.values())
    return all(_whole(cover.data.get(name)) for name in NUMBERS[Formula(cover.formula)])


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _joined_up(tiers: Sequence[Tier]) -> bool:
    if not tiers or tiers[0].from_day != 0 or tiers[-1].to_day is not None:
        return False
    pairs = pairwise(tiers)
    return all(first.to_day is not None and second.from_day == first.to_day + 1 for first, second in pairs)


def _limit_faults(limits: Sequence[LimitTerms], codes: Sequence[str]) -> Iterator[Fault]:
    seen = set()
    for limit in limits:
        known = limit.basis in set(Basis) and limit.scope in set(Scope) and limit.measure in set(Measure)
        if not known or limit.amount <= 0 or (limit.cover and limit.cover not in codes):
            yield Fault("limits", _("有一条限额写得不对，请检查它的范围和数额。"))
        if (key := (limit.basis, limit.scope, limit.measure, limit.cover)) in seen:
            yield Fault("limits", _("有两条限额管的是同一件事，请删去一条。"))
        seen.add(key)


# How a draft is changed, part by part.


def with_cover(terms: Terms, cover: CoverTerms, code: str | None = None) -> Terms:
    """With ``cover`` in the place of the one called ``code``, or at the end."""
    if code is None:
        return replace(terms, covers=(*terms.covers, cover))
    return replace(terms, covers=tuple(cover if one.code == code else one for one in terms.covers))


def without_cover(terms: Terms, code: str) -> Terms:
    """Without the cover called ``code`` and without the limits that speak of it alone."""
    covers = tuple(cover for cover in terms.covers if cover.code != code)
    return replace(terms, covers=covers, limits=tuple(limit for limit in terms.limits if limit.cover != code))


def raised(terms: Terms, code: str) -> Terms:
    """With the cover called ``code`` one place further up; the first one stays."""
    covers = list(terms.covers)
    place = next((number for number, cover in enumerate(covers) if cover.code == code), 0)
    if place:
        covers[place - 1], covers[place] = covers[place], covers[place - 1]
    return replace(terms, covers=tuple(covers))


def next_code(terms: Terms) -> str:
    """A code that no cover of ``terms`` has yet."""
    taken = {cover.code for cover in terms.covers}
    return next(code for number in range(1, len(taken) + 2) if (code := f"item_{number}") not in taken)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
