"""What a talk leaves in the ledger: that it was held, how many came, and the union that was founded because of it."""

from __future__ import annotations

from niangjia.platform.lifecycle.records import Record
from niangjia.services.joining.stalls.models import Stall

PROGRAMME = "joining"
TALK, ATTENDED, FOUNDED = "joining.talk", "joining.talk_attended", "joining.talk_founded"


def held(stall: Stall, attended: int | None) -> list[Record]:
    """One talk held on its day, and the people who came if they were counted."""
    dims = {"talk": stall.talk}
    talk = Record(PROGRAMME, TALK, stall.union_id, day=stall.day, dims=dims)
    if not attended:
        return [talk]
    return [talk, Record(PROGRAMME, ATTENDED, stall.union_id, qty=attended, day=stall.day, dims=dims)]


def founded(stall: Stall) -> Record:
    """One union founded because of the talk, counted today at the union that held it."""
    return Record(PROGRAMME, FOUNDED, stall.union_id, dims={"talk": stall.talk})
