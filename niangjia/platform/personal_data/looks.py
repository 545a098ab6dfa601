"""Who looked at whose data: written by every query that shows staff a person, read by the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, Grant
from niangjia.kernel.reasons import require_reason
from niangjia.platform.personal_data import data_keys
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.personal_data.models import Look

__all__ = ["LookKind", "by", "of", "record"]


def record(
    actor: Actor, subject_keys: Sequence[str], kind: LookKind, reason: str = "", fields: Sequence[str] = ()
) -> None:
    """Write one look per person, each once, with few statements. ``fields`` names what was shown in full.

    Call it in the transaction that reads, before the data leaves. Unmasking raises RuleBroken REASON_NEEDED without a
    reason. About somebody whose key is gone no reason is kept.
    """
    if kind is LookKind.UNMASKED:
        reason = require_reason(reason)
    keys = [key for key in dict.fromkeys(subject_keys) if key]
    common = {**_by_whom(actor), "kind": kind, "fields": list(fields)}
    if not reason:
        _write(common, dict.fromkeys(keys, ""))
        return
    with data_keys.held(keys, making=True) as held:
        _write(common, {key: "" if held[key].erased_at else reason for key in keys})


def _by_whom(actor: Actor) -> dict[str, Any]:
    """The columns that all looks of one act have in common."""
    grant = _office(actor)
    return {
        "at": clock.now(),
        "actor_user_id": actor.user_id,
        "actor_name": actor.name,
        "role": grant.role if grant else "",
        "union_id": grant.node_id if grant else None,
        "trace": actor.trace,
    }


def _write(common: Mapping[str, Any], reasons: Mapping[str, str]) -> None:
    looks = [Look(**common, subject_key=key, reason=reason) for key, reason in reasons.items()]
    Look.objects.bulk_create(looks, batch_size=2000)


def of(*subject_keys: str) -> QuerySet[Look]:
    """Looks at one person (with the keys of merged records), newest first."""
    return Look.objects.filter(subject_key__in=subject_keys).order_by("-at", "-id")


def by(user_id: int) -> QuerySet[Look]:
    """What one user looked at, newest first: after a leak, the list of persons concerned."""
    return Look.objects.filter(actor_user_id=user_id).order_by("-at", "-id")


def _office(actor: Actor) -> Grant | None:
    """The grant at the node chosen in the console, else the first."""
    return next((grant for grant in actor.grants if grant.node_id == actor.chosen_node_id), None) or next(
        iter(actor.grants), None
    )
