"""Setting what a union wants of a year."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from niangjia.commons.ledger import indicators
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union, UnionSpan
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound, RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.audit import entries as audit
from niangjia.reports import policies
from niangjia.reports.models import Target

LARGEST_TARGET = 10**15
EARLIEST_YEAR, LATEST_YEAR = 1949, 2200


def set_target(*, actor: Actor, union_id: int, indicator: str, year: int, value: int, reason: str = "") -> Target:
    """Set what ``union_id`` wants of ``indicator`` in ``year``, in base units (fen, hundredths of a percent, units).

    Setting it again replaces it; what it was stays in the audit trail. Raises NotFound for a union out of sight or an
    indicator nobody declared, NotAllowed, RuleBroken TARGET_VALUE and TARGET_YEAR.
    """
    with transaction.atomic():
        scope.require(actor, union_id, *policies.READERS)
        union = Union.objects.select_for_update().get(pk=union_id)
        decision = policies.set_target(actor, tree.path_of(union_id)).require()
        _check(indicator, year, value)
        before = Target.objects.filter(union=union, indicator=indicator, year=year).first()
        target, _created = Target.objects.update_or_create(
            union=union,
            indicator=indicator,
            year=year,
            defaults={"value": value, "set_by_id": actor.user_id, "set_at": clock.now()},
        )
        audit.record(
            actor,
            "reports.target_set",
            subject_type="reports.target",
            subject_id=target.public_id,
            node_id=union_id,
            ground=decision.ground,
            reason=reason,
            before="" if before is None else str(before.value),
            after=str(value),
            data={"indicator": indicator, "year": year},
        )
    return target


def set_targets(
    *, actor: Actor, above_id: int, indicator: str, year: int, values: Mapping[int, int], reason: str = ""
) -> int:
    """Set the targets of unions directly below ``above_id``, all or none; returns how many were changed.

    What stands already is not set again. Raises as :func:`set_target` does, NotFound also for a union that is not
    directly below; ``TargetRefused`` tells which union a refusal is about.
    """
    with transaction.atomic():
        scope.require(actor, above_id, *policies.READERS)
        below = set(UnionSpan.objects.on(clock.today()).filter(parent_id=above_id).values_list("union_id", flat=True))
        present = dict(
            Target.objects.filter(union_id__in=values, indicator=indicator, year=year).values_list("union_id", "value")
        )
        changed = {pk: value for pk, value in sorted(values.items()) if present.get(pk) != value}
        for union_id, value in changed.items():
            if union_id not in below:
                raise tree.no_such_union()
            try:
                set_target(actor=actor, union_id=union_id, indicator=indicator, year=year, value=value, reason=reason)
            except RuleBroken as error:
                raise TargetRefused(union_id, error) from error
    return len(changed)


class TargetRefused(RuleBroken):
    """The refusal of one of several targets, and whose."""

    def __init__(self, union_id: int, error: RuleBroken) -> None:
        super().__init__(error.code, error.message, fields=error.fields)
        self.union_id = union_id


def _check(indicator: str, year: int, value: int) -> None:
    if indicators.find(indicator) is None:
        raise NotFound("INDICATOR_NOT_FOUND", _("没有找到这个指标。"))
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        sentence = _("年份请填 {first} 到 {last} 之间的四位数字。", first=EARLIEST_YEAR, last=LATEST_YEAR)
        raise RuleBroken("TARGET_YEAR", sentence, fields={"year": [sentence]})
    if not 0 <= value <= LARGEST_TARGET:
        sentence = _("目标请填不小于 0 的数。")
        raise RuleBroken("TARGET_VALUE", sentence, fields={"value": [sentence]})
