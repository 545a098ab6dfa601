"""Freezing the figures of a period as they are said, and restating them when the ledger says otherwise later."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from niangjia.commons.ledger import indicators
from niangjia.commons.ledger.indicators import Indicator
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.periods import Period
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.platform.audit import entries as audit
from niangjia.reports import floor, frozen, policies
from niangjia.reports.figures import Figure, figures
from niangjia.reports.models import FrozenFigure, Restatement

LONGEST_REASON = 200
_ONCE = "report_frozen_once"


def freeze(*, actor: Actor, union_id: int, period: Period, reason: str) -> list[FrozenFigure]:
    """Keep every figure of the union over ``period`` as the ledger says it now. What was frozen before under the same
    definition stays as it is; returns what was frozen now.

    Raises NotFound for a union out of sight, NotAllowed, RuleBroken FREEZE_RUNNING and FREEZE_REASON, Conflict
    FREEZE_ALREADY when nothing is left to freeze.
    """
    try:
        with transaction.atomic():
            union, decision = _locked(actor, union_id)
            reason = _reason(reason)
            if period.last >= clock.today():
                raise RuleBroken("FREEZE_RUNNING", _("这一期还没有结束，结束以后才能冻结。"))
            wanted = _not_yet_frozen(union_id, period)
            if not wanted:
                raise _already()
            rows = _keep(actor, union, period, wanted, reason)
            audit.record(
                actor,
                "reports.frozen",
                subject_type="reports.union",
                subject_id=union.public_id,
                node_id=union_id,
                ground=decision.ground,
                reason=reason,
                data={"period": period.code, "indicators": [row.indicator for row in rows]},
            )
    except IntegrityError as error:
        if _ONCE in str(error) or "report_frozen.union_id" in str(error):
            raise _already() from error
        raise
    return rows


def restate(*, actor: Actor, public_id: str, reason: str) -> Restatement:
    """Say beside a frozen figure what the ledger says now, and why it differs.

    Raises NotFound for a figure out of sight or no longer declared, NotAllowed, RuleBroken FREEZE_REASON, Conflict
    RESTATE_SAME when the ledger says what was said last.
    """
    with transaction.atomic():
        figure = FrozenFigure.objects.filter(public_id=public_id).first()
        indicator = indicators.find(figure.indicator) if figure else None
        if figure is None or indicator is None:
            raise no_such_figure()
        union, decision = _locked(actor, figure.union_id)
        reason, period = _reason(reason), Period(figure.first, figure.last)
        now = figures(union.pk, [period], [indicator], exact=True)[indicator.code, period]
        before = frozen.find(union.pk, [period])[indicator.code, period].latest.figure
        if frozen.same(now, before):
            raise Conflict("RESTATE_SAME", _("账上的数字与最近一次公布的一样，不需要更正。"))
        row = Restatement.objects.create(
            figure=figure,
            **_values(now),
            withheld=_withheld(union, period, indicator, now),
            reason=reason,
            stated_at=clock.now(),
            stated_by_id=actor.user_id,
        )
        audit.record(
            actor,
            "reports.restated",
            subject_type="reports.frozen_figure",
            subject_id=figure.public_id,
            node_id=union.pk,
            ground=decision.ground,
            reason=reason,
            before=str(before.value),
            after=str(now.value),
            data={"period": period.code, "indicator": indicator.code},
        )
    return row


def no_such_figure() -> NotFound:
    return NotFound("FROZEN_NOT_FOUND", _("没有找到这个冻结的数字。"))


def _locked(actor: Actor, union_id: int) -> tuple[Union, Decision]:
    scope.require(actor, union_id, *policies.READERS)
    union = Union.objects.select_for_update().get(pk=union_id)
    return union, policies.freeze(actor, tree.path_of(union_id)).require()


def _reason(text: str) -> str:
    reason = text.strip()
    if not 2 <= len(reason) <= LONGEST_REASON:
        sentence = _("请写明原因，2 到 {n} 个字。", n=LONGEST_REASON)
        raise RuleBroken("FREEZE_REASON", sentence, fields={"reason": [sentence]})
    return reason


def _not_yet_frozen(union_id: int, period: Period) -> list[Indicator]:
    rows = FrozenFigure.objects.filter(union_id=union_id, first=period.first, last=period.last)
    known = set(rows.values_list("indicator", "version"))
    return [each for each in indicators.all_indicators() if (each.code, each.version) not in known]


def _keep(actor: Actor, union: Union, period: Period, wanted: Sequence[Indicator], reason: str) -> list[FrozenFigure]:
    found, at = figures(union.pk, [period], wanted, exact=True), clock.now()
    return FrozenFigure.objects.bulk_create(
        FrozenFigure(
            union=union,
            first=period.first,
            last=period.last,
            indicator=indicator.code,
            version=indicator.version,
            **_values(found[indicator.code, period]),
            withheld=_withheld(union, period, indicator, found[indicator.code, period]),
            reason=reason,
            frozen_at=at,
            frozen_by_id=actor.user_id,
        )
        for indicator in wanted
    )


def _values(figure: Figure) -> dict[str, int | None]:
    return {
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "rows": figure.rows,
    }


def _withheld(union: Union, period: Period, indicator: Indicator, figure: Figure) -> bool:
    """Whether it must not be shown: too small, or telling by subtraction what stands beside it."""
    if indicator.smallest_cell <= 1:
        return False
    return floor.hide(figure, indicator).hidden or floor.would_reveal_a_sibling(union.pk, period, indicator)


def _already() -> Conflict:
    return Conflict("FREEZE_ALREADY", _("这一期的数字已经冻结。以后的变动请逐项更正。"))
