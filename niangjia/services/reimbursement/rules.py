"""What one settlement is worth: deductible of the year, rate, ceiling of the year. Pure; sums in fen.

Nothing is cut silently: what takes something away is a reduction with a code and a sentence. The same rates, earlier
uses and settlement give the same result for ever, so that a stored calculation can be replayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from niangjia.kernel.money import yuan
from niangjia.kernel.text import Text, _


class Rates(NamedTuple):
    """The dated numbers of one day: the year's ``deductible_fen`` and ``ceiling_fen`` of a person, ``per_cent`` of what
    is above the deductible."""

    deductible_fen: int
    per_cent: int
    ceiling_fen: int


class Before(NamedTuple):
    """What a person's earlier settlements of the year came to: self-paid, and given back."""

    self_paid_fen: int = 0
    granted_fen: int = 0

    def then(self, self_paid_fen: int, granted_fen: int) -> Before:
        """After one more settlement."""
        return Before(self.self_paid_fen + self_paid_fen, self.granted_fen + granted_fen)


class Step(NamedTuple):
    """One line of the sum, with the fen after it; of a reduction the fen that it took."""

    code: str
    fen: int
    values: Mapping[str, int]

    @property
    def sentence(self) -> Text:
        said: Text = SENTENCES[self.code](self.values)
        return said


class Result(NamedTuple):
    """What is given back, and how it came about."""

    fen: int
    steps: tuple[Step, ...]
    reductions: tuple[Step, ...]


SENTENCES: dict[str, Any] = {
    "SELF_PAID": lambda v: _("这次就诊自付一的部分是 {sum}。", sum=yuan(v["sum"])),
    "RATE": lambda v: _("{base} 的 {rate}% 是 {sum}。", base=yuan(v["base"]), rate=v["rate"], sum=yuan(v["sum"])),
    "DEDUCTIBLE": lambda v: _(
        "每年起付线 {line}，今年已经累计 {before}，这次先减去 {taken}。",
        line=yuan(v["line"]),
        before=yuan(v["before"]),
        taken=yuan(v["taken"]),
    ),
    "CEILING": lambda v: _(
        "每年最高报销 {line}，今年已经报销 {before}，超出的 {taken} 不能报销。",
        line=yuan(v["line"]),
        before=yuan(v["before"]),
        taken=yuan(v["taken"]),
    ),
}
"""The sentence of each step and reduction, by its code."""


def compute(rates: Rates, before: Before, self_paid_fen: int) -> Result:
    """What is given back of ``self_paid_fen``, rounded down to the fen."""
    steps = [Step("SELF_PAID", self_paid_fen, {"sum": self_paid_fen})]
    reductions = []
    open_line = max(0, rates.deductible_fen - before.self_paid_fen)
    base = max(0, self_paid_fen - open_line)
    if taken := self_paid_fen - base:
        values = {"line": rates.deductible_fen, "before": before.self_paid_fen, "taken": taken}
        reductions.append(Step("DEDUCTIBLE", taken, values))
    share = base * rates.per_cent // 100
    steps.append(Step("RATE", share, {"base": base, "rate": rates.per_cent, "sum": share}))
    granted = min(share, max(0, rates.ceiling_fen - before.granted_fen))
    if over := share - granted:
        values = {"line": rates.ceiling_fen, "before": before.granted_fen, "taken": over}
        reductions.append(Step("CEILING", over, values))
    return Result(granted, tuple(steps), tuple(reductions))


def document_of(rates: Rates, before: Before, result: Result) -> dict[str, Any]:
    """The calculation as it is kept: what it was made of, and each line."""
    return {
        "rates": rates._asdict(),
        "before": before._asdict(),
        "steps": [list(step) for step in result.steps],
        "reductions": [list(step) for step in result.reductions],
    }


def read(document: Mapping[str, Any]) -> tuple[Rates, Before, tuple[Step, ...], tuple[Step, ...]]:
    """The inverse of :func:`document_of`, without the sum."""
    steps, reductions = (tuple(Step(*line) for line in document[name]) for name in ("steps", "reductions"))
    return Rates(**document["rates"]), Before(**document["before"]), steps, reductions


def replay(document: Mapping[str, Any], self_paid_fen: int) -> Result:
    """The result that the kept numbers give today."""
    rates, before, _steps, _reductions = read(document)
    return compute(rates, before, self_paid_fen)


def is_sampled(seed: str, transaction: str, fen: int, *, per_mille: int, from_fen: int) -> str:
    """Why a case is looked at a second time: ``amount``, ``chance`` or empty. The same seed gives the same sample."""
    if fen >= from_fen:
        return "amount"
    drawn = int.from_bytes(sha256(f"{seed}|{transaction}".encode()).digest()[:4]) % 1000
    return "chance" if drawn < per_mille else ""
