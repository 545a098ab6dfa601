"""What a claim is worth: is the event covered, by which tier, by which formula, within which limits. Pure.

Every step of the sum is kept with its code and its numbers; whatever takes something away is a reduction with a code
and a sentence. The same terms, facts and earlier uses give the same result for ever, so that a stored calculation can
be replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Any

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.money import yuan
from niangjia.kernel.text import Listed, Text, _
from niangjia.services.protection.catalogue import Formula, Kinship, Measure, TierPays
from niangjia.services.protection.terms import CoverTerms, LimitTerms, Terms, Tier


@dataclass(frozen=True)
class Facts:
    """What a claim says and what is known of the person.

    ``protected_since`` is the first day of protection without a gap. ``area_tenths`` is in tenths of a square metre,
    ``bill_fen`` the sum of the bills, ``days`` whole days in hospital, ``grade`` a key of the cover's table,
    ``child_age`` the completed years on that day of the child to whom it happened.
    """

    cover: str
    event_day: date
    filed_day: date
    protected_since: date | None
    protected_to: date | None
    sex: str = ""
    grade: str = ""
    area_tenths: int = 0
    bill_fen: int = 0
    days: int = 0
    child_age: int | None = None


@dataclass(frozen=True)
class Step:
    """One line of the sum: its code, the numbers of its sentence, and the fen that it gives or takes."""

    code: str
    fen: int
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> Text:
        return SENTENCES[self.code](self.values)


@dataclass(frozen=True)
class Use:
    """How much of the ``index``-th limit this claim takes."""

    index: int
    amount: int


@dataclass(frozen=True)
class Result:
    """What the claim is worth: the ``steps`` less the ``reductions``, to the fen. ``uses`` are what approving it takes
    from each limit."""

    fen: int
    tier: str
    steps: tuple[Step, ...] = ()
    reductions: tuple[Step, ...] = ()
    uses: tuple[Use, ...] = ()


SENTENCES: dict[str, Callable[[Mapping[str, Any]], Text]] = {
    "FIXED": lambda v: _("“{cover}”的保障金额是 {sum}。", cover=v["cover"], sum=yuan(v["sum"])),
    "GRADE": lambda v: _("按 {grade} 级给付 {sum}。", grade=v["grade"], sum=yuan(v["sum"])),
    "AREA": lambda v: _(
        "受损 {area} 平方米，每平方米 {each}，共 {sum}。",
        area=_tenths(v["area"]),
        each=yuan(v["each"]),
        sum=yuan(v["sum"]),
    ),
    "SHARE": lambda v: _(
        "票据金额 {bill}，按 {rate}% 计算是 {sum}。", bill=yuan(v["bill"]), rate=v["rate"], sum=yuan(v["sum"])
    ),
    "DAILY": lambda v: _(
        "住院 {days} 天，每天 {each}，共 {sum}。", days=v["days"], each=yuan(v["each"]), sum=yuan(v["sum"])
    ),
    "CONSOLATION": lambda v: _(
        "出险在保障第 {day} 天，还在等待期内，给付慰问金 {sum}。", day=v["day"], sum=yuan(v["sum"])
    ),
    "NOT_PROTECTED": lambda v: _("出险那天不在保障期内，不能给付。"),
    "COVER_UNKNOWN": lambda v: _("出险当天有效的条款里没有这一项保障。"),
    "WRONG_SEX": lambda v: _("“{cover}”只保障条款写明的性别。", cover=v["cover"]),
    "CHILD_AGE": lambda v: _("出险那天子女已满 {age} 周岁，这一项保到 {most} 周岁。", age=v["age"], most=v["most"]),
    "TOO_LATE": lambda v: _("出险后 {days} 天内可以申请，这次申请已经超过。", days=v["days"]),
    "WAITING": lambda v: _("出险在保障第 {day} 天，还在等待期内，不能给付。", day=v["day"]),
    "GRADE_UNKNOWN": lambda v: _("条款里没有“{grade}”这个等级。", grade=v["grade"]),
    "DEDUCTIBLE": lambda v: _("票据金额先减去起付线 {sum}。", sum=yuan(v["sum"])),
    "COVER_CEILING": lambda v: _("这一项最高给付 {sum}，超出的部分不给付。", sum=yuan(v["sum"])),
    "FIRST_DAYS": lambda v: _("从第 {first} 天起给付，前面 {days} 天不算。", first=v["first"], days=v["days"]),
    "MOST_DAYS": lambda v: _("每次最多给付 {most} 天，多出的 {days} 天不算。", most=v["most"], days=v["days"]),
    "LIMIT_FEN": lambda v: _("{limit}最多 {most}，已经用去 {used}，这次最多 {left}。", **_limit_words(v, yuan)),
    "LIMIT_COUNT": lambda v: _("{limit}最多 {most} 次，已经用去 {used} 次，不能再给付。", **_limit_words(v, str)),
    "LIMIT_DAYS": lambda v: _(
        "{limit}最多 {most} 天，已经用去 {used} 天，这次最多 {left} 天。", **_limit_words(v, str)
    ),
}
"""The sentence of each step and reduction, by its code."""

_LIMIT_NAMES: dict[tuple[str, str], Text] = {
    ("event", "person"): _("每人每次出险"),
    ("period", "person"): _("每人每个保障期"),
    ("life", "person"): _("每人终身累计"),
    ("event", "household"): _("每户每次出险"),
    ("period", "household"): _("每户每个保障期"),
    ("life", "household"): _("每户终身累计"),
}


def limit_name(basis: str, scope: str) -> Text:
    """How a limit is called, such as "每人每个保障期"."""
    return _LIMIT_NAMES[basis, scope]


def _limit_words(values: Mapping[str, Any], say: Callable[[int], str]) -> dict[str, Any]:
    words = {name: say(values[name]) for name in ("most", "used", "left")}
    return {"limit": limit_name(values["basis"], values["scope"]), **words}


def _tenths(value: int) -> str:
    whole, rest = divmod(value, 10)
    return f"{whole}.{rest}" if rest else str(whole)


def judge(terms: Terms, facts: Facts, used: Sequence[int]) -> Result:
    """What the claim is worth under ``terms``; ``used`` is what was used of each of ``terms.ceilings`` before."""
    cover = terms.cover(facts.cover)
    if cover is None:
        return _nothing("COVER_UNKNOWN", {})
    if facts.protected_since is None or facts.protected_to is None or not _protected(facts):
        return _nothing("NOT_PROTECTED", {})
    if cover.sex and facts.sex != cover.sex:
        return _nothing("WRONG_SEX", {"cover": cover.name})
    if cover.child_to is not None and facts.child_age is not None and facts.child_age > cover.child_to:
        return _nothing("CHILD_AGE", {"age": facts.child_age, "most": cover.child_to})
    if (facts.filed_day - facts.event_day).days > cover.claim_days:
        return _nothing("TOO_LATE", {"days": cover.claim_days})
    day = (facts.event_day - facts.protected_since).days
    tier = cover.tier_on(day)
    if tier is None or tier.pays == TierPays.NOTHING:
        return _nothing("WAITING", {"day": day})
    sum_ = _consolation(tier, day) if tier.pays == TierPays.CONSOLATION else _formula(terms, cover, facts, used)
    return _within(replace(sum_, tier=tier.pays), terms, facts, used)


def _protected(facts: Facts) -> bool:
    return facts.protected_since <= facts.event_day <= facts.protected_to  # type: ignore[operator]


def _nothing(code: str, values: Mapping[str, Any]) -> Result:
    return Result(0, TierPays.NOTHING.value, (), (Step(code, 0, values),))


def _consolation(tier: Tier, day: int) -> Result:
    return Result(tier.fen, tier.pays, (Step("CONSOLATION", tier.fen, {"day": day, "sum": tier.fen}),))


def _formula(terms: Terms, cover: CoverTerms, facts: Facts, used: Sequence[int]) -> Result:
    if cover.formula == Formula.DAILY:
        raw = _daily(terms, cover, facts, used)
    else:
        raw = _FORMULAS[Formula(cover.formula)](cover, facts)
    over = raw.fen - cover.sum_fen
    if over <= 0:
        return raw
    cut = Step("COVER_CEILING", over, {"sum": cover.sum_fen})
    return replace(raw, fen=cover.sum_fen, reductions=(*raw.reductions, cut))


def _fixed(cover: CoverTerms, _facts: Facts) -> Result:
    return Result(cover.sum_fen, "", (Step("FIXED", cover.sum_fen, {"cover": cover.name, "sum": cover.sum_fen}),))


def _graded(cover: CoverTerms, facts: Facts) -> Result:
    fen = cover.data["grades"].get(facts.grade)
    if fen is None:
        return Result(0, "", (), (Step("GRADE_UNKNOWN", 0, {"grade": facts.grade}),))
    return Result(fen, "", (Step("GRADE", fen, {"grade": facts.grade, "sum": fen}),))


def _by_area(cover: CoverTerms, facts: Facts) -> Result:
    each = cover.data["fen_per_square_metre"]
    fen = facts.area_tenths * each // 10
    return Result(fen, "", (Step("AREA", fen, {"area": facts.area_tenths, "each": each, "sum": fen}),))


def _share(cover: CoverTerms, facts: Facts) -> Result:
    rate, deductible = cover.data["per_cent"], cover.data["deductible_fen"]
    whole = facts.bill_fen * rate // 100
    fen = max(0, facts.bill_fen - deductible) * rate // 100
    cuts = (Step("DEDUCTIBLE", whole - fen, {"sum": deductible}),) if whole > fen else ()
    return Result(fen, "", (Step("SHARE", whole, {"bill": facts.bill_fen, "rate": rate, "sum": whole}),), cuts)


_FORMULAS: dict[Formula, Callable[[CoverTerms, Facts], Result]] = {
    Formula.FIXED: _fixed,
    Formula.GRADE: _graded,
    Formula.AREA: _by_area,
    Formula.SHARE: _share,
}


def _daily(terms: Terms, cover: CoverTerms, facts: Facts, used: Sequence[int]) -> Result:
    each, first, most = (cover.data[name] for name in ("fen_per_day", "first_day", "most_days"))
    paid = max(0, facts.days - first + 1) if first > 0 else facts.days
    cuts = []
    if paid < facts.days:
        cuts.append(Step("FIRST_DAYS", (facts.days - paid) * each, {"first": first, "days": facts.days - paid}))
    if paid > most:
        cuts.append(Step("MOST_DAYS", (paid - most) * each, {"most": most, "days": paid - most}))
        paid = most
    for limit, before in zip(terms.ceilings, used, strict=True):
        if limit.measure == Measure.DAYS and _counts(limit, cover.code) and paid > (left := _left(limit, before)):
            cuts.append(Step("LIMIT_DAYS", (paid - left) * each, _limit_values(limit, before)))
            paid = left
    whole = facts.days * each
    step = Step("DAILY", whole, {"days": facts.days, "paid": paid, "each": each, "sum": whole})
    return Result(paid * each, "", (step,), tuple(cuts))


def _within(result: Result, terms: Terms, facts: Facts, used: Sequence[int]) -> Result:
    """Cut ``result`` by each limit of sums and counts in their order, then say what it takes of all of them."""
    for limit, before in zip(terms.ceilings, used, strict=True):
        if _counts(limit, facts.cover):
            result = _cut(result, limit, before)
    if result.fen == 0:
        return result
    uses = tuple(
        Use(index, amount)
        for index, limit in enumerate(terms.ceilings)
        if _counts(limit, facts.cover) and (amount := _taken(result, limit)) > 0
    )
    return replace(result, uses=uses)


def _cut(result: Result, limit: LimitTerms, before: int) -> Result:
    left = _left(limit, before)
    if limit.measure == Measure.COUNT and left < 1 and result.fen:
        step = Step("LIMIT_COUNT", result.fen, _limit_values(limit, before))
        return replace(result, fen=0, reductions=(*result.reductions, step))
    if limit.measure == Measure.FEN and result.fen > left:
        step = Step("LIMIT_FEN", result.fen - left, _limit_values(limit, before))
        return replace(result, fen=left, reductions=(*result.reductions, step))
    return result


def _taken(result: Result, limit: LimitTerms) -> int:
    if limit.measure == Measure.FEN:
        return result.fen
    if limit.measure == Measure.COUNT:
        return 1
    return next((int(step.values["paid"]) for step in result.steps if step.code == "DAILY"), 0)


def _counts(limit: LimitTerms, cover: str) -> bool:
    return limit.cover in ("", cover)


def _left(limit: LimitTerms, before: int) -> int:
    return max(0, limit.amount - before)


def _limit_values(limit: LimitTerms, before: int) -> dict[str, Any]:
    values = {"basis": limit.basis, "scope": limit.scope, "most": limit.amount, "used": before}
    return {**values, "left": _left(limit, before)}


# Documents: how inputs and results are stored.


def facts_document(facts: Facts) -> dict[str, Any]:
    """As it is stored beside a calculation; days as ISO text."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(facts).items()}


def read_facts(document: Mapping[str, Any]) -> Facts:
    """The inverse of :func:`facts_document`."""
    days = ("event_day", "filed_day", "protected_since", "protected_to")
    read = {name: date.fromisoformat(document[name]) if document[name] else None for name in days}
    return Facts(**{**document, **read})


def result_document(result: Result) -> dict[str, Any]:
    """As it is stored: numbers and codes, no sentence, so that it can be read in any language."""
    return {
        "fen": result.fen,
        "tier": result.tier,
        "steps": [asdict(step) for step in result.steps],
        "reductions": [asdict(step) for step in result.reductions],
        "uses": [asdict(use) for use in result.uses],
    }


def read_result(document: Mapping[str, Any]) -> Result:
    """The inverse of :func:`result_document`."""
    return Result(
        document["fen"],
        document["tier"],
        tuple(Step(**step) for step in document["steps"]),
        tuple(Step(**step) for step in document["reductions"]),
        tuple(Use(**use) for use in document["uses"]),
    )


# What a claim must be before it is judged.


def require_days(event_day: date, today: date, admitted: date | None = None, discharged: date | None = None) -> None:
    """Days in order and none in the future. Raises RuleBroken EVENT_IN_FUTURE, DAYS_IN_ORDER."""
    if event_day > today:
        raise _at("event_day", "EVENT_IN_FUTURE", _("出险日期不能晚于今天，请核对。"))
    if discharged is not None and discharged > today:
        raise _at("discharged", "EVENT_IN_FUTURE", _("出院日期不能晚于今天，请核对。"))
    if admitted is not None and discharged is not None and discharged < admitted:
        raise _at("discharged", "DAYS_IN_ORDER", _("出院日期不能早于入院日期，请核对。"))


def require_in_time(cover: CoverTerms, event_day: date, today: date) -> None:
    """Raises RuleBroken TOO_LATE when the deadline of the terms has passed."""
    if (today - event_day).days > cover.claim_days:
        raise _at("event_day", "TOO_LATE", _("出险后 {days} 天内可以申请，这次已经超过。", days=cover.claim_days))


def require_child(cover: CoverTerms, is_named: bool, age: int | None) -> None:
    """A cover of children names the child, whose age on the day is within the terms; another cover names none. Raises
    RuleBroken CHILD_MISSING, CHILD_BIRTH, CHILD_AGE."""
    if cover.child_to is None:
        return
    if not is_named:
        raise _at("child", "CHILD_MISSING", _("请选择是哪一个子女。"))
    if age is None or age < 0:
        raise _at("child", "CHILD_BIRTH", _("这个子女没有登记出生日期，或者出险时还没有出生，请先核对登记。"))
    if age > cover.child_to:
        raise _at(
            "child",
            "CHILD_AGE",
            _("出险那天子女已满 {age} 周岁，这一项保到 {most} 周岁。", age=age, most=cover.child_to),
        )


def require_papers(cover: CoverTerms, brought: Sequence[str], kinship: str) -> None:
    """Every needed paper is there; who claims for somebody else proves the kinship. Raises RuleBroken PAPERS_MISSING
    with the missing codes."""
    from niangjia.services.protection.catalogue import PAPER_LABELS

    missing = [paper for paper in needed_papers(cover, kinship) if paper not in brought]
    if missing:
        names = Listed(tuple(PAPER_LABELS[paper] for paper in missing))
        raise _at("papers", "PAPERS_MISSING", _("还缺这些材料：{papers}。请补上后再提交。", papers=names))


def needed_papers(cover: CoverTerms, kinship: str) -> list[str]:
    """The papers without which a claim is not taken."""
    needed = [paper for paper, is_needed in cover.papers if is_needed]
    if kinship != Kinship.SELF and "kinship" not in needed:
        needed.append("kinship")
    return needed


def require_listed(hospital: str, listed: Sequence[str]) -> None:
    """Where the federation lists hospitals, the one that is named is among them. Raises RuleBroken
    HOSPITAL_NOT_LISTED."""
    if hospital and listed and _plain_name(hospital) not in {_plain_name(one) for one in listed}:
        text = _("“{hospital}”不在认可的医院名单里，请照出院小结或诊断证明填写医院全称。", hospital=hospital)
        raise _at("hospital", "HOSPITAL_NOT_LISTED", text)


def _plain_name(name: str) -> str:
    return "".join(name.split()).replace("(", "（").replace(")", "）")


def require_claimant(cover: CoverTerms | None, kinship: str, name: str, phone: str) -> None:
    """Somebody who claims for another says who they are; for the dead claims a relative. Raises RuleBroken CLAIMANT
    beside all that is missing."""
    fields: dict[str, list[Text]] = {}
    if kinship == Kinship.SELF:
        if cover is not None and ("death", True) in cover.papers:
            fields["kinship"] = [_("身故由亲属申请，请填写申请人和关系。")]
    else:
        fields |= {} if name else {"claimant_name": [_("请填写申请人的姓名。")]}
        fields |= {} if phone else {"claimant_phone": [_("请填写申请人的手机号。")]}
    if fields:
        raise RuleBroken("CLAIMANT", next(iter(fields.values()))[0], fields=fields)


def require_holder(holder: str, payee: str) -> None:
    """The card is the claimant's own, as they state it. Raises RuleBroken CARD_HOLDER."""
    if _plain_name(holder) != _plain_name(payee):
        raise _at("card_holder", "CARD_HOLDER", _("理赔款只能付到申请人本人的卡，请填写本人的银行卡。"))


def require_luhn(card: str) -> str:
    """The digits of a bank card. Raises RuleBroken CARD_NUMBER when they are not 12 to 19 or fail the check."""
    digits = "".join(card.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19 and _luhn(digits)):
        raise _at("bank_account", "CARD_NUMBER", _("银行卡号不对，请对照卡面再输一遍。"))
    return digits


def _luhn(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_sampled(seed: str, number: str, fen: int, *, per_mille: int, from_fen: int) -> bool:
    """Whether a claim gets a second pair of eyes: by its sum, or by chance that anybody can compute again."""
    if fen >= from_fen:
        return True
    return int(sha256(f"{seed}:{number}".encode()).hexdigest()[:8], 16) % 1000 < per_mille


def _at(field_name: str, code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field_name: [sentence]})
