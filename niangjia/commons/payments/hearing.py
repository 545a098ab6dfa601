"""What rooms hear of their payments, in the transaction in which it happens.

A room registers once, in ``AppConfig.ready()``. Each function is called with the ids of its sources, many at a time,
and moves its own objects; what it raises undoes the whole act. A payment that had arrived can still come back, so
``on_failed`` may follow ``on_paid``, and ``on_paid`` may follow ``on_failed`` when the bank corrects itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _


class Happened(StrEnum):
    """What can happen to a payment that its room wants to know."""

    IN_FILE = "in_file"
    TAKEN_OUT = "taken_out"
    PAID = "paid"
    FAILED = "failed"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"


Hears = Callable[[Sequence[str], Actor], None]


def _nothing(_source_ids: Sequence[str], _actor: Actor) -> None:
    """Whom it does not concern."""


@dataclass(frozen=True)
class Source:
    """One kind of thing that is paid. ``label`` is what payee and officers read as the purpose."""

    source_type: str
    label: Text
    hears: dict[Happened, Hears] = field(default_factory=dict)


_sources: dict[str, Source] = {}


def register(
    source_type: str,
    *,
    label: Text | None = None,
    on_in_file: Hears = _nothing,
    on_paid: Hears = _nothing,
    on_failed: Hears = _nothing,
    on_taken_out: Hears = _nothing,
    on_corrected: Hears = _nothing,
    on_cancelled: Hears = _nothing,
) -> None:
    """Make a kind of source known. Each function takes ``(source_ids, actor)``.

    ``on_in_file``: it stands in a batch for the bank; ``on_taken_out``: it does not any more and waits again;
    ``on_paid``, ``on_failed``: the bank's answer; ``on_corrected``: a failed one is tried again with another account;
    ``on_cancelled``: it will not be paid.
    """
    hears = {
        Happened.IN_FILE: on_in_file,
        Happened.TAKEN_OUT: on_taken_out,
        Happened.PAID: on_paid,
        Happened.FAILED: on_failed,
        Happened.CORRECTED: on_corrected,
        Happened.CANCELLED: on_cancelled,
    }
    _sources[source_type] = Source(source_type, label or _("其他付款"), hears)


def forget(source_type: str) -> None:
    """Take a registration back; for tests."""
    _sources.pop(source_type, None)


def label_of(source_type: str) -> Text:
    """What a kind of source is called."""
    found = _sources.get(source_type)
    return found.label if found else _("其他付款")


def labels() -> dict[str, Text]:
    """Every kind that is known, for filters."""
    return {code: source.label for code, source in sorted(_sources.items())}


def tell(happened: Happened, sources: Iterable[tuple[str, str]], actor: Actor) -> None:
    """Tell each room about its own: ``sources`` are pairs of type and id."""
    by_type: dict[str, list[str]] = defaultdict(list)
    for source_type, source_id in sources:
        by_type[source_type].append(source_id)
    for source_type in sorted(by_type):
        if source_type in _sources:
            _sources[source_type].hears[happened](by_type[source_type], actor)
