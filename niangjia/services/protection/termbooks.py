"""The terms of a version, read from its rows once it is published, from its draft before."""

from __future__ import annotations

from datetime import date

from niangjia.services.protection.models import PlanVersion
from niangjia.services.protection.states import VersionState
from niangjia.services.protection.terms import CoverTerms, LimitTerms, Terms, Tier, read

_MOST = 200
_known: dict[str, Terms] = {}
"""Published terms never change, so a process keeps those it has read, by the version's public id."""


def terms_of(version: PlanVersion) -> Terms:
    """By what ``version`` judges."""
    if version.state == VersionState.DRAFT:
        return read(version.draft, whole=False)
    if version.public_id not in _known:
        if len(_known) >= _MOST:
            _known.clear()
        _known[version.public_id] = _from_rows(version)
    return _known[version.public_id]


def forget(version: PlanVersion) -> None:
    """Called when its rows are written, in case the transaction that wrote them is undone."""
    _known.pop(version.public_id, None)


def version_on(plan_id: int, day: date) -> PlanVersion | None:
    """The version of a plan in force on ``day``, if one was."""
    rows = PlanVersion.objects.select_related("plan", "plan__union").on(day).filter(plan_id=plan_id)
    found: PlanVersion | None = rows.order_by("-valid_from").first()
    return found


def _from_rows(version: PlanVersion) -> Terms:
    return Terms(
        covers=tuple(_covers(version)),
        limits=tuple(
            LimitTerms(limit.basis, limit.scope, limit.measure, limit.amount, limit.cover_code)
            for limit in version.limits.all()
        ),
        categories=tuple(version.categories),
        months=version.months,
        age_from=version.age_from,
        age_to=version.age_to,
        sex=version.sex,
        price_fen=version.price_fen,
        share_percent=version.share_percent,
        everyone_under=version.everyone_under,
        cap_fen=version.cap_fen,
        self_enrolment=version.self_enrolment,
        four_eyes=version.four_eyes,
        exclusions=version.exclusions,
    )


def _covers(version: PlanVersion) -> list[CoverTerms]:
    return [
        CoverTerms(
            code=cover.code,
            name=cover.name,
            summary=cover.summary,
            sum_fen=cover.sum_fen,
            formula=cover.formula,
            data=cover.data,
            sex=cover.sex,
            claim_days=cover.claim_days,
            child_to=cover.child_to,
            tiers=tuple(Tier(tier.from_day, tier.to_day, tier.pays, tier.fen) for tier in cover.tiers.all()),
            papers=tuple((paper.paper, paper.needed) for paper in cover.papers.all()),
        )
        for cover in version.covers.prefetch_related("tiers", "papers")
    ]
