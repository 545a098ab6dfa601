"""Setting what a union wants of a year."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.ledger import indicators
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union
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


def _check(indicator: str, year: int, value: int) -> None:
    if indicators.find(indicator) is None:
        raise NotFound("INDICATOR_NOT_FOUND", _("没有找到这个指标。"))
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        sentence = _("年份请填 {first} 到 {last} 之间的四位数字。", first=EARLIEST_YEAR, last=LATEST_YEAR)
        raise RuleBroken("TARGET_YEAR", sentence, fields={"year": [sentence]})
    if not 0 <= value <= LARGEST_TARGET:
        sentence = _("目标请填不小于 0 的数。")
        raise RuleBroken("TARGET_VALUE", sentence, fields={"value": [sentence]})
