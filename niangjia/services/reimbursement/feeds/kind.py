"""What the house must know about feeds, in one value."""

from __future__ import annotations

from datetime import date

from niangjia.commons.rosters.kind import Kind
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import _
from niangjia.services.reimbursement import parameters, policies
from niangjia.services.reimbursement.feeds import sheets
from niangjia.services.reimbursement.models import Feed, FeedRow, FeedSerial
from niangjia.services.reimbursement.states import FEED, OUTCOME_LABELS, TAKEN, Outcome


def _obstacle(feed: Feed, _day: date) -> RuleBroken | None:
    if any(feed.count_of(outcome) for outcome in TAKEN):
        return None
    return RuleBroken("NOTHING_NEW", _("这份数据里没有新的结算，不用生成。"))


KIND: Kind[Feed] = Kind(
    machine=FEED,
    roster=Feed,
    rows=FeedRow,
    serial=FeedSerial,
    prefix="JS",
    headings=sheets.HEADINGS,
    keys=sheets.KEYS,
    columns=sheets.COLUMNS,
    outcomes=OUTCOME_LABELS,
    taken=TAKEN,
    bad=(Outcome.UNMATCHED.value, Outcome.ERROR.value),
    visible=policies.visible_feeds,
    may_work=policies.may_work,
    may_apply=policies.may_apply,
    obstacle=_obstacle,
    second_eyes=lambda _feed, _day: False,
    kept_days=lambda feed, day: parameters.number("kept_days", feed.union_id, day),
)
"""A feed itself wants no second pair of eyes: the round that comes of it does, before any money moves."""
