"""Writing audit entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform import rows
from niangjia.platform.audit.models import REASON, AuditEntry, trail_key
from niangjia.platform.personal_data import data_keys
from niangjia.platform.personal_data.masks import mask_name
from niangjia.platform.personal_data.models import DataKey


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
    """Write one entry in the caller's transaction. ``data`` holds codes and counts, never personal text; ``reason`` is
    sealed."""
    entry = build(
        actor,
        action,
        subject_type=subject_type,
        subject_id=subject_id,
        subject_key=subject_key,
        node_id=node_id,
        ground=ground,
        reason=reason[:REASON],
        before=before,
        after=after,
        data=dict(data or {}),
    )
    record_many([entry])
    return entry


def build(actor: Actor, action: str, **columns: Any) -> AuditEntry:
    """An unsaved entry of ``actor``'s act, for writing many at once."""
    return AuditEntry(**_by_whom(actor, action), **columns)


def record_many(entries: Sequence[AuditEntry]) -> None:
    """Write entries made by :func:`build` with few statements."""
    told = [entry for entry in entries if entry.reason]
    if not told:
        rows.insert(entries)
        return
    with _keys((entry.subject_key for entry in told), told[0].at) as keys:
        for entry in told:
            entry.concerns_an_erased_person = _is_erased(keys, entry.subject_key)
        rows.insert(entries)


def record_plainly(actor: Actor, action: str, told: Sequence[Mapping[str, Any]]) -> None:
    """Write the entries of one act upon many; each of ``told`` has the further columns of one, all the same ones."""
    if not told:
        return
    common = _by_whom(actor, action)
    columns, shared = [*common, *told[0]], tuple(common.values())
    rows.write(AuditEntry, columns, [(*shared, *one.values()) for one in _sealed(told, common["at"])])


def _sealed(told: Sequence[Mapping[str, Any]], at: datetime) -> Sequence[Mapping[str, Any]]:
    """The same with every reason sealed."""
    if not any(one["reason"] for one in told):
        return told
    seal = AuditEntry._meta.get_field("reason").seal
    with _keys((one["subject_key"] for one in told), at) as keys:
        trail = trail_key(at)
        by = [trail if _is_erased(keys, key) else key or trail for key in (one["subject_key"] for one in told)]
        return [{**one, "reason": seal(one["subject_id"], one["reason"], k)} for one, k in zip(told, by, strict=True)]


@contextmanager
def _keys(subject_keys: Iterable[str], at: datetime) -> Iterator[Mapping[str, DataKey]]:
    """Hold the keys of these people and of the trail; nothing is asked of the database meanwhile."""
    with data_keys.held([trail_key(at), *(key for key in subject_keys if key)], making=True) as keys:
        yield keys


def _is_erased(keys: Mapping[str, DataKey], subject_key: str) -> bool:
    return subject_key in keys and keys[subject_key].erased_at is not None


def written_name(actor: Actor) -> str:
    """The name of who acts as entries hold it: a member's is masked."""
    return mask_name(actor.name) if actor.is_member else actor.name


def _by_whom(actor: Actor, action: str) -> dict[str, Any]:
    """The columns that all entries of one act have in common."""
    return {
        "at": clock.now(),
        "actor_kind": actor.kind,
        "actor_name": written_name(actor),
        "user_id": actor.user_id,
        "session_id": actor.session_id,
        "address": actor.address,
        "trace": actor.trace,
        "action": action,
    }
