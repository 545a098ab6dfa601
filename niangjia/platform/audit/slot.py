"""What lifecycle's audit slot writes: one entry per moved object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from niangjia.platform import rows
from niangjia.platform.audit.entries import build, record_many, record_plainly
from niangjia.platform.audit.models import REASON
from niangjia.platform.lifecycle.effects import Batch, Moved


def write_entries(batch: Batch) -> None:
    """Record every move of the batch. Of many the entries are never made objects: that would take longer than to write
    them."""
    told = [_columns(batch, moved) for moved in batch.items]
    if len(told) >= rows.WORTH_IT:
        record_plainly(batch.actor, _action(batch), told)
    else:
        record_many([build(batch.actor, _action(batch), **columns) for columns in told])


def _action(batch: Batch) -> str:
    return f"{batch.machine.name}.{batch.event}"


def _columns(batch: Batch, moved: Moved) -> Mapping[str, Any]:
    return {
        "subject_type": moved.obj.subject_type,
        "subject_id": moved.obj.public_id,
        "subject_key": moved.obj.subject_key,
        "node_id": moved.obj.responsible_node_id,
        "ground": batch.decision.ground,
        "reason": batch.reason[:REASON],
        "before": moved.before,
        "after": moved.after,
        "data": dict(moved.data),
    }
