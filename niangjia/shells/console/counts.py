"""What waits, for the numbers in the left menu."""

from __future__ import annotations

from collections import Counter

from niangjia.commons.desk import queries
from niangjia.kernel.actor import Actor


def by_room(actor: Actor) -> dict[str, int]:
    """Open items on the actor's desk by room code, and all of them as ``desk``; one query."""
    found: Counter[str] = Counter()
    for subject_type, number in queries.counts(actor).items():
        found[subject_type.split(".")[0]] += number
        found["desk"] += number
    return dict(found)
