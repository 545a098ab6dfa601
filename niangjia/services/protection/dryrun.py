"""What a changed version would have done to past claims. Reads only; changes no row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from niangjia.services.protection import rules, termbooks
from niangjia.services.protection.claim_models import Calculation, Claim
from niangjia.services.protection.models import PlanVersion
from niangjia.services.protection.terms import Terms

MOST = 5_000


@dataclass(frozen=True)
class Line:
    """One past claim under the old terms and under the new ones, in fen."""

    number: str
    public_id: str
    cover: str
    before: int
    after: int
    reasons: tuple[str, ...]

    @property
    def difference(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class DryRun:
    """All claims compared; ``changed`` are those whose sum would have been another, the largest difference first."""

    compared: int
    before: int
    after: int
    changed: Sequence[Line]


def dry_run(version: PlanVersion) -> DryRun:
    """Judge the newest past claims of the plan again by ``version``, each with the uses of its own moment.

    Limits of the version are compared by what they count, so that a limit that is new begins unused.
    """
    terms = termbooks.terms_of(version)
    lines = list(_lines(version, terms))
    changed = sorted((line for line in lines if line.difference), key=lambda line: (-abs(line.difference), line.number))
    return DryRun(len(lines), sum(line.before for line in lines), sum(line.after for line in lines), changed)


def _lines(version: PlanVersion, terms: Terms) -> Iterator[Line]:
    for calculation in _last_ones(version):
        before, facts = calculation.result, calculation.facts
        used = _used_under(terms, termbooks.terms_of(calculation.version), calculation.used)
        after = rules.judge(terms, facts, used)
        claim = calculation.claim
        reasons = tuple(str(step.sentence) for step in after.reductions)
        yield Line(claim.number, claim.public_id, facts.cover, before.fen, after.fen, reasons)


def _last_ones(version: PlanVersion) -> Iterator[Calculation]:
    decided = Claim.objects.filter(plan=version.plan_id).exclude(decided_by=None, approved_fen=None)
    rows = Calculation.objects.filter(claim__in=decided).select_related("claim", "version", "version__plan")
    newest: dict[int, Calculation] = {}
    for row in rows.order_by("-pk")[:MOST]:
        newest.setdefault(row.claim_id, row)
    return iter(newest.values())


def _used_under(terms: Terms, old: Terms, used: Sequence[int]) -> list[int]:
    known = {
        (limit.basis, limit.scope, limit.measure, limit.cover): amount
        for limit, amount in zip(old.ceilings, used, strict=True)
    }
    return [known.get((limit.basis, limit.scope, limit.measure, limit.cover), 0) for limit in terms.ceilings]
