"""How enrolments, claims and used limits go over when two entries of one human being become one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from niangjia.commons.people.merging import ways
from niangjia.commons.people.merging.ways import Way
from niangjia.commons.people.models import Person
from niangjia.kernel.text import Text, _
from niangjia.services.protection.claim_models import AccumulatorEntry

_TWICE = _("两条登记为同一件事各有一份理赔申请，请先撤回或办结一份，再合并。")


def declare() -> None:
    """Called when Django starts. Two enrolments from the same day stay two; a limit used by both is not added up."""
    ways.declare(
        Way("protection.Enrolment.person", _("互助保障参保")),
        Way(
            "protection.Claim.person",
            _("理赔申请"),
            refuses={
                "protection_one_standing_claim_for_each_event": _TWICE,
                "protection_one_standing_claim_for_each_child": _TWICE,
            },
        ),
        Way(
            "protection.Claim.child",
            _("子女出险的理赔申请"),
            refuses={"protection_one_standing_claim_for_each_child": _TWICE},
        ),
        Way("protection.Condolence.person", _("慰问")),
        Way(
            "protection.Holder.key",
            _("互助保障已用额度"),
            value=_key,
            refuses={
                "protection_holder_once": _(
                    "两条登记在同一个保障计划里都用过额度，不能自动合并。请先请互助保障办公室核对额度。"
                )
            },
            parts=_used_since,
        ),
        Way("protection.RosterRow.person", _("参保名单里的行"), stays=True),
    )


def _key(person: Person) -> str:
    return f"p:{person.public_id}"


def _used_since(rows: Sequence[int], moment: datetime) -> Text | None:
    """What was used after the merge belongs to both and cannot be told apart."""
    if AccumulatorEntry.objects.filter(holder__in=rows, at__gt=moment).exists():
        return _("合并以后又用过互助保障的额度，不能自动分开。请先请互助保障办公室核对额度。")
    return None
