"""What lifecycle's audit slot writes: one entry per moved object."""

from __future__ import annotations

from niangjia.platform.audit.entries import build, record_many
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle.effects import Batch, Moved


def write_entries(batch: Batch) -> None:
    """Record every move of the batch."""
    record_many([_entry(batch, moved) for moved in batch.items])


def _entry(batch: Batch, moved: Moved) -> AuditEntry:
    return build(
        batch.actor,
        f"{batch.machine.name}.{batch.event}",
        subject_type=moved.obj.subject_type,
        subject_id=moved.obj.public_id,
        subject_key=moved.obj.subject_key,
        node_id=moved.obj.responsible_node_id,
        ground=batch.decision.ground,
        reason=batch.reason[:500],
        before=moved.before,
        after=moved.after,
        data=dict(moved.data),
    )
