"""What a roster asks of the likenesses, and tells them."""

from __future__ import annotations

from collections.abc import Sequence

from niangjia.commons.people import likeness
from niangjia.services.joining.rosters.judging import Judged
from niangjia.services.joining.rosters.models import Roster


def note_pairs(roster: Roster, judged: Sequence[Judged]) -> None:
    """Put the doubtful rows of a batch into the queue of likenesses, in the transaction of the batch."""
    found = [likeness.Alike(one.like, one.id_index, one.facts) for one in judged if one.like is not None]
    if found:
        likeness.note(found, union_id=roster.office_id, source=roster.number)
