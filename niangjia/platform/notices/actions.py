"""What a user does with messages."""

from __future__ import annotations

from collections.abc import Sequence

from niangjia.kernel import clock
from niangjia.platform.notices import queries


def mark_read(user_id: int, public_ids: Sequence[str] | None = None) -> int:
    """Note that the user has read these messages, or all of them; returns how many were unread until now.

    Ids of other people's messages are as if they did not exist. The first reading counts.
    """
    unread = queries.heard(user_id).filter(read_at__isnull=True)
    if public_ids is not None:
        unread = unread.filter(public_id__in=list(public_ids)[:1000])
    return unread.update(read_at=clock.now())
