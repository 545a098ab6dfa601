"""Ties disputes to what they hear, tell and do by the clock."""

from __future__ import annotations

from niangjia.commons.people import events
from niangjia.commons.people.disputes import hearing, recycled
from niangjia.commons.people.disputes import jobs as jobs  # declares by import
from niangjia.commons.people.disputes import notices as notices  # declares by import
from niangjia.commons.people.disputes import parameters as parameters  # declares by import
from niangjia.commons.people.disputes.states import DISPUTE
from niangjia.platform.accounts import owners
from niangjia.platform.personal_data import events as personal_data
from niangjia.platform.web import tones


def connect() -> None:
    """Called when Django starts."""
    tones.register(DISPUTE, {"moved": "good", "corrected": "good", "joined": "good"})
    owners.register(recycled.known)
    owners.register_days(recycled.days)
    personal_data.erasing.connect(hearing.forget_side, dispatch_uid="people.dispute.forget_side")
    events.entries_joined.connect(hearing.follow_merge, dispatch_uid="people.dispute.follow_merge")
    events.merge_dropped.connect(hearing.follow_dropped_merge, dispatch_uid="people.dispute.follow_dropped_merge")
