"""Ties cards to what they hear, tell and do by the clock."""

from __future__ import annotations

from niangjia.commons.people import events
from niangjia.commons.people.cards import hearing
from niangjia.commons.people.cards import jobs as jobs  # declares by import
from niangjia.commons.people.cards import notices as notices  # declares by import
from niangjia.commons.people.cards.states import CARD
from niangjia.platform.personal_data import events as personal_data
from niangjia.platform.web import tones


def connect() -> None:
    """Called when Django starts."""
    tones.register(CARD, {"blocked": "bad", "replaced": "off", "set_aside": "off"})
    events.member_joined.connect(hearing.issue, dispatch_uid="people.card.issue")
    events.membership_restored.connect(hearing.issue, dispatch_uid="people.card.issue_again")
    events.membership_ended.connect(hearing.close, dispatch_uid="people.card.close")
    personal_data.erasing.connect(hearing.forget_bank, dispatch_uid="people.card.forget_bank")
