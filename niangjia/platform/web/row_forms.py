"""Rows of a form: grades, tiers, limits. Each row is a small form; a row left blank is no row.

Works without script: some blank rows stand at the end, and a button asks for more of them without judging anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.forms.utils import ErrorDict

from niangjia.kernel.text import Text
from niangjia.platform.web.forms import Form

MORE = "more"
"""Name of the button that asks for more rows; its value is the name of the rows."""


class RowForm(Form):
    """One row. ``tells`` names the fields that make it a row: when all of them are blank, nothing is judged."""

    tells: ClassVar[tuple[str, ...]] = ()

    @property
    def is_blank(self) -> bool:
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in self.tells)

    def full_clean(self) -> None:
        if self.is_bound and self.is_blank:
            quiet(self)
        else:
            super().full_clean()


def quiet(form: Any) -> None:
    """Take a form as it stands, without judging it."""
    form._errors = ErrorDict()
    form.cleaned_data = {}


class Rows:
    """The rows called ``name``: those of ``initial`` and ``spare`` blank ones, or as many as were posted."""

    def __init__(
        self,
        kind: type[RowForm],
        name: str,
        label: Text,
        data: Mapping[str, Any] | None = None,
        *,
        initial: Sequence[Mapping[str, Any]] = (),
        spare: int = 2,
        most: int = 40,
        **options: Any,
    ) -> None:
        self.name, self.label, self.most = name, label, most
        count = len(initial) + spare if data is None else self._posted(data) + self._wanted(data, spare)
        started = [*initial, *({} for _ in range(spare))]
        self.forms = [
            kind(data, prefix=f"{name}-{number}", initial=started[number] if data is None else {}, **options)
            for number in range(min(count, most))
        ]

    def _posted(self, data: Mapping[str, Any]) -> int:
        text = str(data.get(f"{self.name}-rows", ""))
        return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0

    def _wanted(self, data: Mapping[str, Any], spare: int) -> int:
        return max(1, spare) if data.get(MORE) == self.name else 0

    @property
    def count(self) -> int:
        return len(self.forms)

    @property
    def may_grow(self) -> bool:
        return self.count < self.most

    def is_valid(self) -> bool:
        """Judges every row, so that all that is wrong is said at once."""
        verdicts = [form.is_valid() for form in self.forms]
        return all(verdicts)

    def filled(self) -> Iterator[RowForm]:
        """The rows that are not blank."""
        return (form for form in self.forms if not form.is_blank)

    @property
    def given(self) -> list[dict[str, Any]]:
        """What stands in the rows that are not blank, after :meth:`is_valid`."""
        return [form.cleaned_data for form in self.filled()]
