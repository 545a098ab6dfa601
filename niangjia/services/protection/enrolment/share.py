"""How much of a unit's staff must be insured: one rule for lists, single enrolments and purchases."""

from __future__ import annotations

from datetime import date

from niangjia.commons.people.models import Membership
from niangjia.commons.unions import tree
from niangjia.kernel.errors import RuleBroken
from niangjia.services.protection.enrolment import rules
from niangjia.services.protection.models import PlanVersion


def obstacle(version: PlanVersion, union_id: int, insured: int, day: date, *, stated: int = 0) -> RuleBroken | None:
    """Why so few may not join. Staff are the members who stand in the unit as far as the house knows, or the headcount
    that the buyer states when that is greater."""
    if not version.share_percent:
        return None
    share, everyone = version.share_percent, version.everyone_under
    return rules.too_few(insured, members_of(union_id, day), share=share, everyone_under=everyone, stated=stated)


def members_of(union_id: int, day: date) -> int:
    """How many members stand in a unit as far as the house knows."""
    return Membership.objects.current().filter(union__in=tree.below(union_id, day)).count()
