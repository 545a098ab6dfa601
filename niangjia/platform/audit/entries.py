"""Writing audit entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform import rows
from niangjia.platform.audit.models import AuditEntry


def record(
    actor: Actor,
    action: str,
    *,
    subject_type: str,
    subject_id: str,
    subject_key: str = "",
    node_id: int | None = None,
    ground: str = "",
    reason: str = "",
    before: str = "",
    after: str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry in the caller's transaction. ``data`` holds codes and counts, never personal text."""
    entry = build(
        actor,
        action,
        subject_type=subject_type,
        subject_id=subject_id,
        subject_key=subject_key,
        node_id=node_id,
        ground=ground,
        reason=reason[:500],
        before=before,
        after=after,
        data=dict(data or {}),
    )
    entry.save(force_insert=True)
    return entry


def build(actor: Actor, action: str, **columns: Any) -> AuditEntry:
    """An unsaved entry of ``actor``'s act, for writing many at once."""
    return AuditEntry(**_by_whom(actor, action), **columns)


def record_many(entries: Sequence[AuditEntry]) -> None:
    """Write entries made by :func:`build` with few statements."""
    rows.insert(entries)


def record_plainly(actor: Actor, action: str, told: Sequence[Mapping[str, Any]]) -> None:
    """Write the entries of one act upon many; each of ``told`` has the further columns of one, all the same ones."""
    if not told:
        return
    common = _by_whom(actor, action)
    columns, shared = [*common, *told[0]], tuple(common.values())
    rows.write(AuditEntry, columns, [(*shared, *one.values()) for one in told])


def _by_whom(actor: Actor, action: str) -> dict[str, Any]:
    """The columns that all entries of one act have in common."""
    return {
        "at": clock.now(),
        "actor_kind": actor.kind,
        "actor_name": actor.name,
        "user_id": actor.user_id,
        "session_id": actor.session_id,
        "address": actor.address,
        "trace": actor.trace,
        "action": action,
    }
