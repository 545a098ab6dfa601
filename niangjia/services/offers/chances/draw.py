"""The draw itself: from a secret, the wishes and the stock to who gets what. Pure, and the same for everybody who
recomputes it.

Before anybody may wish, the SHA-256 of the secret is published, so that the secret cannot be chosen afterwards.
Entrants are ordered by HMAC-SHA256 of their pseudonym under the secret; in this order each gets the first of their
wishes of which a piece is left.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FORMAT = "niangjia-draw-1"
"""Names this way of drawing in the published file. Another way would have another name."""

ALGORITHM = (
    "commitment = SHA-256(secret); order = entrants by HMAC-SHA256(key=secret, message=pseudonym), ascending; "
    "each in turn gets the first of their wishes of which stock is left; text is UTF-8, digests are lower-case hex"
)


@dataclass(frozen=True)
class Entrant:
    """One who takes part. ``wishes`` are codes of cells, best first."""

    pseudonym: str
    wishes: tuple[str, ...]


def cell_code(item: str, site: str, day: str) -> str:
    """The public code of a cell: the item's code, the site's public id and the day, as in eggs@s1@2026-01-11."""
    return f"{item}@{site}@{day}"


def commitment(secret: str) -> str:
    """What is published before: the hash of the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def rank(secret: str, pseudonym: str) -> str:
    """Where somebody stands: who has the smaller rank comes first."""
    return hmac.new(secret.encode(), pseudonym.encode(), hashlib.sha256).hexdigest()


def allocate(secret: str, entrants: Sequence[Entrant], stock: Mapping[str, int]) -> dict[str, str | None]:
    """Who gets which cell, None for who gets nothing, in the order of the draw.

    The order in which entrants are given does not matter. Raises ValueError when a pseudonym stands there twice.
    """
    if len({entrant.pseudonym for entrant in entrants}) != len(entrants):
        raise ValueError("a pseudonym takes part once")
    left, result = dict(stock), dict[str, str | None]()
    for entrant in sorted(entrants, key=lambda each: rank(secret, each.pseudonym)):
        won = next((code for code in entrant.wishes if left.get(code, 0) > 0), None)
        if won is not None:
            left[won] -= 1
        result[entrant.pseudonym] = won
    return result


def differences(published: Mapping[str, Any]) -> list[str]:
    """What is wrong with a published file, recomputed from nothing but the file; empty when it holds.

    Raises ValueError when it is not the file of a draw that was held.
    """
    try:
        secret, entrants = str(published["secret"]), _entrants(published)
        stock = {str(code): int(pieces) for code, pieces in published["stock"].items()}
        found, promised = dict(published["result"]), str(published["commitment"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the file of a draw that was held") from error
    if published.get("format") != FORMAT:
        raise ValueError(f"the format is not {FORMAT}")
    wrong = [] if commitment(secret) == promised else ["the secret is not the one that was promised"]
    expected = allocate(secret, entrants, stock)
    return wrong + [
        f"{pseudonym}: {expected.get(pseudonym)} by the rule, {found.get(pseudonym)} in the file"
        for pseudonym in sorted(expected.keys() | found.keys())
        if pseudonym not in expected or pseudonym not in found or expected[pseudonym] != found[pseudonym]
    ]


def _entrants(published: Mapping[str, Any]) -> list[Entrant]:
    return [Entrant(str(one["pseudonym"]), tuple(map(str, one["wishes"]))) for one in published["entrants"]]
