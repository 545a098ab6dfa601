"""Interning of facts: the same facts always get the same id, also when two transactions meet them first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from niangjia.commons.ledger.models import DimSet

Facts = Mapping[str, str | Sequence[str]]

_LARGEST_CACHE = 50_000
_known: dict[str, int] = {}


def canonical(facts: Facts) -> dict[str, str | list[str]]:
    """The facts in the one form that is hashed and stored: keys sorted, several values as a sorted list."""
    return {key: value if isinstance(value, str) else sorted(value) for key, value in sorted(facts.items())}


def hash_of(facts: Facts) -> str:
    text = json.dumps(canonical(facts), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def forget(**_signal: Any) -> None:
    """Empty the cache of this process; a flushed or restored database has other ids."""
    _known.clear()


def find(many: Iterable[Facts]) -> dict[str, int]:
    """The ids, by hash, of those of ``many`` facts that were ever interned. Reads only, in at most one statement."""
    digests = {hash_of(facts) for facts in many}
    ids = {digest: _known[digest] for digest in digests if digest in _known}
    unknown = digests - set(ids)
    if unknown:
        found = _select(sorted(unknown))
        ids |= found
        if not transaction.get_connection().in_atomic_block:
            _remember(found)
    return ids


def intern(many: Iterable[Facts]) -> list[int]:
    """The ids of ``many`` facts in their order, making those that do not exist. Demands an open transaction.

    New sets are inserted in the order of their hashes, so that two transactions that meet the same new sets wait for
    each other and never deadlock.
    """
    digests: list[str] = []
    facts_by_digest: dict[str, Facts] = {}
    hashed: dict[Any, str] = {}  # of a hundred thousand rows a handful of sets
    for facts in many:
        key = tuple((name, value if isinstance(value, str) else tuple(value)) for name, value in facts.items())
        digest = hashed.get(key) or hashed.setdefault(key, hash_of(facts))
        digests.append(digest)
        facts_by_digest.setdefault(digest, facts)
    ids = {digest: _known[digest] for digest in facts_by_digest if digest in _known}
    unknown = {digest: facts for digest, facts in facts_by_digest.items() if digest not in ids}
    if unknown:
        ids |= _get_or_create(unknown)
    return [ids[digest] for digest in digests]


def matching(facts: Facts) -> QuerySet[DimSet]:
    """All sets that hold at least ``facts``; where several values are given, one of them."""
    found = DimSet.objects.all()
    for position, (key, value) in enumerate(sorted(facts.items())):
        name = f"fact_{position}"
        # Without the cast the value would be compared as JSON, which quotes it.
        found = found.alias(**{name: Cast(KeyTextTransform(key, "facts"), TextField())})
        found = found.filter(**{name: value}) if isinstance(value, str) else found.filter(**{f"{name}__in": value})
    return found


def _get_or_create(facts_by_digest: Mapping[str, Facts]) -> dict[str, int]:
    ids = _select(facts_by_digest)
    missing = sorted(set(facts_by_digest) - set(ids))
    if missing:
        new = [DimSet(hash=digest, facts=canonical(facts_by_digest[digest])) for digest in missing]
        DimSet.objects.bulk_create(new, ignore_conflicts=True)
        ids |= _select(missing)
    # Only what is committed may be remembered: a rolled-back set would be named by rows of later transactions.
    transaction.on_commit(partial(_remember, ids))
    return ids


def _select(digests: Iterable[str]) -> dict[str, int]:
    wanted = list(digests)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        rows = DimSet.objects.filter(hash__in=wanted[start : start + 500])
        found.update(rows.values_list("hash", "id"))
    return found


def _remember(ids: Mapping[str, int]) -> None:
    if len(_known) + len(ids) > _LARGEST_CACHE:
        _known.clear()
    _known.update(ids)
