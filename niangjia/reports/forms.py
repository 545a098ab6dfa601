"""What is typed on the pages of the report card."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from niangjia.commons.ledger.indicators import Indicator
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock, periods
from niangjia.kernel.errors import DomainError
from niangjia.kernel.periods import Period
from niangjia.platform.web.forms import Form
from niangjia.reports.actions import LARGEST_TARGET

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,2}))?")
_IN_THOUSANDS = re.compile(r"[0-9]{1,3}(?:([,' ])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]{1,2})?")


def period_of(query: QueryDict) -> Period:
    """The period that an address asks for: ``period=2022Q1``, or ``first`` and ``last``; this year if neither.

    Raises RuleBroken PERIOD.
    """
    first, last = query.get("first", "").strip(), query.get("last", "").strip()
    if first and last:
        return periods.parse(f"{first}/{last}")
    code = query.get("period", "").strip()
    return periods.parse(code) if code else Period.year(clock.today().year)


def months_of(query: QueryDict) -> int:
    """How many months a trend goes back: 24 when asked for, else 12."""
    return 24 if query.get("months") == "24" else 12


def plain_number(text: str) -> str:
    """A number as people type it, in half-width digits without separators: ``１，５００`` is ``1500``.

    Separators count only where thousands end, for in ``15,00`` nobody can tell what was meant; such text is left alone.
    """
    half = unicodedata.normalize("NFKC", text).strip().replace("’", "'")
    return re.sub(r"[,' ]", "", half) if _IN_THOUSANDS.fullmatch(half) else half


class TargetField(forms.CharField):
    """A number in the indicator's unit; gives base units."""

    def __init__(self, indicator: Indicator, **kwargs: Any) -> None:
        self.indicator = indicator
        kwargs.setdefault("label", gettext_lazy("年度目标"))
        super().__init__(
            max_length=40,
            error_messages={"required": gettext_lazy("请填写目标。")},
            **kwargs,
        )
        self.widget.attrs["inputmode"] = "decimal"

    def clean(self, value: Any) -> int | None:
        text = plain_number(super().clean(value))
        if not text:
            return None
        found = _NUMBER.fullmatch(text)
        if found is None or (found[2] and self.indicator.unit.scale == 1):
            raise ValidationError(gettext_lazy("请填写不小于 0 的数，例如 1500。"), code="TARGET_VALUE")
        number = int(found[1]) * self.indicator.unit.scale + int((found[2] or "").ljust(2, "0"))
        if number > LARGEST_TARGET:
            raise ValidationError(gettext_lazy("这个数太大了，请检查有没有多写几位。"), code="TARGET_VALUE")
        return number


class TargetForm(Form):
    """The target of one indicator for one year, with why."""

    reason = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("例如哪一次会议、哪一份文件定的。"),
    )

    def __init__(self, indicator: Indicator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = TargetField(indicator)
        self.order_fields(["value", "reason"])


class ReasonForm(Form):
    """Why figures are frozen or restated."""

    reason = forms.CharField(
        label=gettext_lazy("原因"),
        min_length=2,
        max_length=200,
        error_messages={"min_length": gettext_lazy("请写明原因，至少两个字。")},
        help_text=gettext_lazy("会显示在数字旁边，例如“2022 年度统计公报定稿”。"),
    )


class TargetsForm(Form):
    """The targets of several unions for one indicator and year; an empty cell sets nothing."""

    reason = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("例如哪一次会议、哪一份文件定的。"),
    )

    def __init__(self, indicator: Indicator, unions: Sequence[Union], present: Mapping[int, int], *args: Any) -> None:
        super().__init__(*args)
        self.unions, self.present = unions, present
        for union in unions:
            shown = indicator.unit.shown(present[union.pk]) if union.pk in present else ""
            self.fields[cell(union)] = TargetField(indicator, required=False, label=union.name, initial=shown)
        self.order_fields([*map(cell, unions), "reason"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for union in self.unions:
            if union.pk in self.present and cell(union) not in self.errors and values.get(cell(union)) is None:
                self.add_error(cell(union), gettext_lazy("已经设定的目标不能清空，请填写新的数或者保留原来的数。"))
        return values

    def values(self) -> dict[int, int]:
        """The cells that hold a number, by union."""
        found = {union.pk: self.cleaned_data.get(cell(union)) for union in self.unions}
        return {pk: value for pk, value in found.items() if value is not None}

    def refuse_at(self, union_id: int, error: DomainError) -> None:
        """Put an action's refusal beside the cell it is about."""
        name = next((cell(union) for union in self.unions if union.pk == union_id), None)
        self.add_error(name, ValidationError(str(error.message), code=error.code))


def cell(union: Union) -> str:
    """The name of a union's input."""
    return f"target_{union.public_id}"
