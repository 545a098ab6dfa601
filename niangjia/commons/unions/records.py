"""What each change of the tree leaves behind: its dated event, its audit entry, the word to the floors above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from niangjia.commons.unions.events import tree_changed
from niangjia.commons.unions.models import TreeChange, Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision
from niangjia.platform.audit import entries

SUBJECT = "unions.union"


def record(
    actor: Actor,
    decision: Decision,
    changes: Sequence[TreeChange],
    *,
    before: str = "",
    after: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Save the events, write an audit entry for each and tell who listens, in three statements."""
    for change in changes:
        change.recorded_by_id, change.reason = actor.user_id, change.reason[:500]
    TreeChange.objects.bulk_create(changes, batch_size=2000)
    entries.record_many(
        [
            entries.build(
                actor,
                f"{SUBJECT}.{change.kind}",
                subject_type=SUBJECT,
                subject_id=change.union.public_id,
                node_id=change.union_id,
                ground=decision.ground,
                reason=change.reason,
                before=before,
                after=after,
                data={"effective_on": change.effective_on.isoformat(), **_axis(change), **(data or {})},
            )
            for change in changes
        ]
    )
    tree_changed.send(sender=Union, changes=list(changes))


def _axis(change: TreeChange) -> dict[str, str]:
    return {"axis": change.axis} if change.axis else {}
