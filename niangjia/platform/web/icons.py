"""The icon sprite: drawn by tools/vendor.py from single SVGs of Tabler Icons (MIT)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SPRITE = Path(__file__).parent / "static" / "web" / "icons.svg"
FALLBACK = "point"


@cache
def names() -> frozenset[str]:
    """Every name in the sprite."""
    return frozenset(re.findall(r'<symbol id="([a-z0-9-]+)"', SPRITE.read_text(encoding="utf-8")))


def known(name: str) -> str:
    """``name`` if the sprite has it, else a plain dot, so that a third-party room never breaks a page."""
    return name if name in names() else FALLBACK
