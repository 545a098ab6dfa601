"""The forms of the member's pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from niangjia.kernel.text import _
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.offers import rules
from niangjia.services.offers.counter.models import CAUSE_LABELS
from niangjia.services.offers.member_queries import place_value
from niangjia.services.offers.models import Cell
from niangjia.services.offers.rush.catalogue import Choice


class PlaceForm(Form):
    """At which site and on which day to collect. The page draws the choices itself, by site and with what is left."""

    place = forms.CharField(
        label=spoken(_("在哪里、哪一天领取")),
        max_length=60,
        error_messages={"required": spoken(_("请选择领取的地点和日期。"))},
    )

    def clean_place(self) -> tuple[str, date]:
        site, _dot, day = self.cleaned_data["place"].rpartition(".")
        try:
            return site, date.fromisoformat(day)
        except ValueError as error:
            raise forms.ValidationError(str(_("请选择领取的地点和日期。")), code="PLACE") from error

    def choice(self, item: str) -> Choice:
        """What is asked for of ``item``."""
        site, day = self.cleaned_data["place"]
        return Choice(item, site, day)

    def key_of(self, choice: Choice) -> str:
        """The request key: one for each choice, so that another choice on the same page is no repetition."""
        return f"{self.key}.{choice.item}.{choice.site}.{choice.day}"[:255]


class WishForm(Form):
    """Up to five places, best first."""

    def __init__(self, *args: Any, cells: Sequence[Cell], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cells = {f"{cell.item.public_id}.{place_value(cell)}": cell for cell in cells}
        choices = [("", spoken(_("不选"))), *_by_item(self._cells)]
        for number in range(1, rules.MOST_WISHES + 1):
            self.fields[f"wish_{number}"] = forms.ChoiceField(
                label=spoken(_("第 {number} 志愿", number=number)),
                required=number == 1,
                choices=choices,
                error_messages={"required": spoken(_("请至少选第 1 志愿。"))},
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        named = [(name, data[name]) for name in self.fields if data.get(name)]
        values = [value for _name, value in named]
        for position, (name, value) in enumerate(named):
            if value in values[:position]:
                self.add_error(name, str(_("这个志愿和前面的重复了，请换一个或不选。")))
        return data

    def chosen(self) -> list[Choice]:
        """What is wished for, best first; a gap between two wishes does not count."""
        values = [self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)]
        cells = [self._cells[value] for value in values]
        return [Choice(cell.item.public_id, cell.site.public_id, cell.day) for cell in cells]

    def initial_of(self, ids: Sequence[int]) -> dict[str, str]:
        """The answers of a wish that was entered before, by cell ids."""
        values = {cell.pk: value for value, cell in self._cells.items()}
        return {f"wish_{number}": values[one] for number, one in enumerate(ids, 1) if one in values}


def _by_item(cells: dict[str, Cell]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for value, cell in cells.items():
        words = f"{cell.item.name} · {cell.site.name} · {cell.day.month}/{cell.day.day}"
        groups.setdefault(cell.item.name, []).append((value, words))
    return list(groups.items())


class AppealForm(Form):
    """Why an item was not collected."""

    cause = forms.ChoiceField(
        label=spoken(_("没有领取的原因")),
        widget=forms.RadioSelect,
        error_messages={"required": spoken(_("请选择原因。"))},
    )
    text = forms.CharField(
        label=spoken(_("说明")),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=spoken(_("写清楚那天的情况，工会更容易核实。不用写证件号。")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cause"].choices = [(cause.value, label) for cause, label in CAUSE_LABELS.items()]  # type: ignore[attr-defined]
