"""Ties the undoing of deaths to what it hears and tells."""

from __future__ import annotations

from niangjia.commons.people import events
from niangjia.commons.people.wrong_deaths import hearing
from niangjia.commons.people.wrong_deaths import parameters as parameters  # declares by import
from niangjia.commons.people.wrong_deaths.states import WRONG_DEATH
from niangjia.platform.personal_data import events as personal_data
from niangjia.platform.web import tones


def connect() -> None:
    """Called when Django starts."""
    tones.register(WRONG_DEATH, {"undone": "good", "refused": "off"})
    events.membership_restored.connect(hearing.follow, dispatch_uid="people.death_undone")
    personal_data.erasing.connect(hearing.withdraw_all, dispatch_uid="people.withdraw_wrong_deaths")
