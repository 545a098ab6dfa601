"""Everything that can be refused, each kind with its code, its sentence and its HTTP status.

A missing right, a broken rule and a move that is not allowed are three different errors. ``fields`` maps the name of
an input to the sentences that belong beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from niangjia.kernel.text import Text


class DomainError(Exception):
    """Base of all refusals. ``code`` is stable and documented in docs/error-codes.md."""

    status = 400

    def __init__(self, code: str, message: Text, *, fields: Mapping[str, Sequence[Text]] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.fields: dict[str, list[Text]] = {name: list(texts) for name, texts in (fields or {}).items()}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Malformed(DomainError):
    """The request cannot be read at all."""

    status = 400


class NotSignedIn(DomainError):
    """Nobody is signed in, or the session has ended."""

    status = 401


class NotAllowed(DomainError):
    """The actor sees the object but lacks the right."""

    status = 403


class NotFound(DomainError):
    """The object does not exist or is out of the actor's sight; the two are never told apart."""

    status = 404


class InvalidMove(DomainError):
    """The object's state does not allow this move."""

    status = 409


class Conflict(DomainError):
    """Something else already holds what was asked for."""

    status = 409


class Gone(DomainError):
    """It was valid once and is no longer."""

    status = 410


class TooLarge(DomainError):
    """The upload or body is larger than allowed."""

    status = 413


class RuleBroken(DomainError):
    """An input or a rule of the statutes is not met."""

    status = 422


class TooMany(DomainError):
    """A limit is reached; ``retry_after`` is in seconds."""

    status = 429

    def __init__(self, code: str, message: Text, *, retry_after: int) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """The service cannot answer now; trying again later may help. ``retry_after`` is in seconds."""

    status = 503

    def __init__(self, code: str, message: Text, *, retry_after: int = 5) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after
