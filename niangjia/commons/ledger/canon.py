"""Who is the same person: a map joined when persons are counted.

The ledger keeps the person of the act after two entries of one human being were merged. The map names only merged
persons, each with the one who remains; a chain of merges is kept flat by whoever merges.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

Provider = Callable[[], "QuerySet[Any] | None"]

_provider: Provider | None = None


def register(provider: Provider) -> None:
    """Install the map: a queryset of a model that yields exactly ``values("id", "canonical_id")`` of merged persons."""
    global _provider
    _provider = provider


def merged() -> QuerySet[Any] | None:
    """Merged persons as ``values("id", "canonical_id")``; None where nobody keeps such a map."""
    return _provider() if _provider is not None else None
