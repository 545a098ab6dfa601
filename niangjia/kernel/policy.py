"""The answer of a policy: may this actor do this, and on what ground."""

from __future__ import annotations

from dataclasses import dataclass

from niangjia.kernel.errors import NotAllowed
from niangjia.kernel.text import Text


@dataclass(frozen=True)
class Decision:
    """``ground`` names the office or relation that allows it; ``refusal`` is the sentence when it is not allowed."""

    allowed: bool
    ground: str = ""
    code: str = ""
    refusal: Text | None = None

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> Decision:
        """Return the decision itself, or raise NotAllowed with its code and sentence."""
        if not self.allowed:
            raise NotAllowed(self.code, self.refusal or Text(self.code))
        return self


def allow(ground: str) -> Decision:
    """The actor may, because of ``ground`` (for example ``"union_officer@3"`` or ``"own"``)."""
    return Decision(True, ground=ground)


def refuse(code: str, refusal: Text) -> Decision:
    """The actor may not; ``refusal`` is shown beside the grey button."""
    return Decision(False, code=code, refusal=refusal)
