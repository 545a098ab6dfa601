"""The parameters that the rooms declare. No database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from niangjia.commons.parameters.schemas import Limits, Schema, problems
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import Text, _


@dataclass(frozen=True)
class Parameter:
    """A number or choice that differs by union and changes by day.

    ``source`` names the statute or decision that the default follows. ``kinds`` are the kinds of unions that may set
    it, all if empty. ``least`` and ``greatest`` bound a number; ``choices`` the items of a choice or list, ``pattern``
    how an item of a list is written where they cannot be named.
    """

    code: str
    label: Text
    schema: Schema
    default: Any
    unit: Text | None = None
    source: str = ""
    hint: Text | None = None
    kinds: tuple[str, ...] = ()
    least: int | Decimal | None = None
    greatest: int | Decimal | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""

    def problems(self, value: Any) -> list[Text]:
        """Why ``value`` does not fit; empty when it does."""
        return problems(self.schema, Limits(self.least, self.greatest, self.choices, self.pattern), value)


_declared: dict[str, Parameter] = {}


def declare(parameter: Parameter) -> Parameter:
    """Make a parameter known. Raises ValueError for a default that breaks its own schema or a code used otherwise."""
    if found := parameter.problems(parameter.default):
        raise ValueError(f"{parameter.code}: the default does not fit: {found[0].message}")
    if _declared.setdefault(parameter.code, parameter) != parameter:
        raise ValueError(f"{parameter.code} is declared twice, differently")
    return parameter


def declared() -> Iterator[Parameter]:
    """All parameters, by code."""
    return iter(sorted(_declared.values(), key=lambda parameter: parameter.code))


def find(code: str) -> Parameter:
    """Raises NotFound PARAMETER_UNKNOWN."""
    if code not in _declared:
        raise NotFound("PARAMETER_UNKNOWN", _("没有这个参数。"))
    return _declared[code]


def forget(code: str) -> None:
    """Take a declaration back; for tests."""
    _declared.pop(code, None)
