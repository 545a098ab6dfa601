"""How a state looks: its colour always comes with an icon and its word."""

from __future__ import annotations

from dataclasses import dataclass

from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text

ICONS = {
    "good": "circle-check",
    "bad": "circle-x",
    "warn": "alert-triangle",
    "info": "clock",
    "off": "circle-minus",
}

_BY_WORD = {
    "good": (
        "approved",
        "active",
        "done",
        "collected",
        "paid",
        "delivered",
        "open",
        "settled",
        "published",
        "accepted",
    ),
    "bad": ("refused", "rejected", "failed", "expelled", "overdue", "dead", "forfeited"),
    "warn": ("supplement", "paused", "retained", "transferring", "expiring", "objection", "returned"),
    "off": ("withdrawn", "cancelled", "ended", "closed", "expired", "draft", "void", "left"),
}
_own: dict[tuple[str, str], str] = {}


@dataclass(frozen=True)
class Status:
    """A state ready to be drawn. ``tone`` is good, bad, warn, info or off."""

    label: Text | str
    tone: str = "info"

    @property
    def icon(self) -> str:
        return ICONS[self.tone]


def register(machine: Machine, tones: dict[str, str]) -> None:
    """Fix the tones of a machine's states where the words alone would mislead."""
    for state, tone in tones.items():
        if tone not in ICONS or state not in {known.code for known in machine.states}:
            raise ValueError(f"{machine.name}: no tone {tone} or state {state}")
        _own[machine.name, state] = tone


def status_of(machine: Machine, code: str) -> Status:
    """The look of state ``code`` of ``machine``."""
    own = _own.get((machine.name, code))
    return Status(machine.state(code).label, own or tone_of(code))


def tone_of(code: str) -> str:
    """The tone that the words of a state's code suggest; a state nobody named waits on somebody: info."""
    words = set(code.split("_"))
    return next((tone for tone, named in _BY_WORD.items() if words & set(named)), "info")
