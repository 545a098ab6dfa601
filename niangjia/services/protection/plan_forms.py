"""The forms by which a plan is begun and a draft is written: its frame, one cover with its rows, the limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from niangjia.commons.people.categories import CATEGORY_LABELS, SEX_LABELS
from niangjia.kernel.identifiers import Sex
from niangjia.kernel.money import plain_yuan
from niangjia.kernel.text import Text, _
from niangjia.platform.web.fields import DayField, WholeField, YuanField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.row_forms import RowForm, Rows
from niangjia.services.protection.catalogue import (
    BASIS_LABELS,
    FUND_LABELS,
    KIND_LABELS,
    MEASURE_LABELS,
    SCOPE_LABELS,
    Measure,
)
from niangjia.services.protection.terms import LimitTerms, Terms

SEXES = [("", spoken(_("不限"))), *((sex.value, spoken(SEX_LABELS[sex])) for sex in Sex)]


class PlanForm(Form):
    """A new plan: whose it is, what it is called, from when, and the most that one person gets."""

    union = forms.ChoiceField(label=spoken(_("主办工会")))
    name = forms.CharField(label=spoken(_("方案名称")), max_length=60)
    code = forms.CharField(
        label=spoken(_("方案代码")),
        max_length=30,
        help_text=spoken(_("字母、数字和连字符，例如 six-2027；用在报表里，以后不变。")),
    )
    kind = forms.ChoiceField(
        label=spoken(_("谁出钱")), choices=[(kind.value, spoken(KIND_LABELS[kind])) for kind in KIND_LABELS]
    )
    fund = forms.ChoiceField(
        label=spoken(_("资金来源")), choices=[(code, spoken(label)) for code, label in FUND_LABELS.items()]
    )
    valid_from = DayField(label=_("从哪天起有效"))
    cap_fen = YuanField(label=_("每人每期最高（元）"))

    def __init__(self, *args: Any, unions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].choices = unions  # type: ignore[attr-defined]


class TermsForm(Form):
    """The frame of a version: its days, who may join, and the most that one person gets."""

    valid_from = DayField(label=_("从哪天起有效"))
    valid_to = DayField(label=_("到哪天为止"), required=False, help_text=spoken(_("空着表示到下一版为止。")))
    months = WholeField(label=spoken(_("每次保障几个月")), min_value=1, max_value=36)
    cap = YuanField(label=_("每人每期最高（元）"), help_text=spoken(_("各项合计。")))
    age_from = WholeField(label=spoken(_("最低年龄")), min_value=0, max_value=120)
    age_to = WholeField(label=spoken(_("最高年龄")), min_value=0, max_value=120)
    sex = forms.ChoiceField(label=spoken(_("性别")), choices=SEXES, required=False)
    price = YuanField(label=_("每人每期费用（元）"), required=False, help_text=spoken(_("免费的空着。")))
    share_percent = WholeField(label=spoken(_("参保比例（%）")), min_value=0, max_value=100)
    everyone_under = WholeField(label=spoken(_("不足多少人要全员参保")), min_value=0, max_value=1000)
    categories = forms.MultipleChoiceField(
        label=spoken(_("哪些职业可以参加")),
        choices=[(code.value, spoken(label)) for code, label in CATEGORY_LABELS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=spoken(_("一个都不选表示不限职业。")),
    )
    self_enrolment = forms.BooleanField(label=spoken(_("会员可以在手机上自己参保")), required=False)
    four_eyes = forms.BooleanField(label=spoken(_("每份理赔都由第二个人复核")), required=False)
    exclusions = forms.CharField(
        label=spoken(_("不保障的情况")), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("valid_from"), given.get("valid_to")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("valid_to", ValidationError(str(_("结束日期不能早于开始日期。")), code="VERSION_DAYS"))
        youngest, oldest = given.get("age_from"), given.get("age_to")
        if isinstance(youngest, int) and isinstance(oldest, int) and oldest < youngest:
            self.add_error("age_to", ValidationError(str(_("最高年龄不能小于最低年龄。")), code="AGES"))
        return given

    def terms(self, base: Terms) -> Terms:
        """``base`` with this frame."""
        given = self.cleaned_data
        same = ("months", "age_from", "age_to", "sex", "share_percent", "everyone_under", "self_enrolment", "four_eyes",
                "exclusions")  # fmt: skip
        return replace(
            base, cap_fen=given["cap"], price_fen=given["price"] or 0, categories=tuple(given["categories"]),
            **{name: given[name] for name in same},
        )  # fmt: skip


def frame_of(terms: Terms) -> dict[str, Any]:
    """The frame of terms as :class:`TermsForm` shows it."""
    same = ("months", "age_from", "age_to", "sex", "share_percent", "everyone_under", "self_enrolment", "four_eyes",
            "exclusions")  # fmt: skip
    return {
        "cap": plain_yuan(terms.cap_fen),
        "price": plain_yuan(terms.price_fen) if terms.price_fen else "",
        "categories": list(terms.categories),
        **{name: getattr(terms, name) for name in same},
    }


class LimitRow(RowForm):
    """One limit: of which cover, for what it starts anew, whose sums it adds up, what it counts, and how much."""

    tells = ("amount",)
    cover = forms.ChoiceField(label=spoken(_("管哪一项")), required=False)
    basis = forms.ChoiceField(
        label=spoken(_("按什么算")), choices=[(code.value, spoken(text)) for code, text in BASIS_LABELS.items()]
    )
    scope = forms.ChoiceField(
        label=spoken(_("按人还是按户")), choices=[(code.value, spoken(text)) for code, text in SCOPE_LABELS.items()]
    )
    measure = forms.ChoiceField(
        label=spoken(_("限什么")), choices=[(code.value, spoken(text)) for code, text in MEASURE_LABELS.items()]
    )
    amount = forms.CharField(
        label=spoken(_("最多多少")), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )

    def __init__(self, *args: Any, covers: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cover"].choices = covers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("amount") and given.get("measure"):
            field = YuanField() if given["measure"] == Measure.FEN else _counted()
            try:
                given["amount"] = field.clean(given["amount"])
            except ValidationError as error:
                self.add_error("amount", error)
        return given


def _counted() -> WholeField:
    return WholeField(min_value=1, max_value=100_000)


def limit_rows(terms: Terms, data: Mapping[str, Any] | None = None) -> Rows:
    """The limits of a draft, row by row, in the order of their use."""
    every: list[tuple[str, Any]] = [("", spoken(_("各项合计")))]
    covers = [*every, *((cover.code, cover.name) for cover in terms.covers)]
    initial = [_shown(limit) for limit in terms.limits]
    return Rows(LimitRow, "limits", _("限额"), data, initial=initial, covers=covers)


def _shown(limit: LimitTerms) -> dict[str, Any]:
    amount = plain_yuan(limit.amount) if limit.measure == Measure.FEN else limit.amount
    return {
        "cover": limit.cover,
        "basis": limit.basis,
        "scope": limit.scope,
        "measure": limit.measure,
        "amount": amount,
    }


def limits_of(rows: Rows) -> tuple[LimitTerms, ...]:
    """The limits that stand in the rows, after they were found valid."""
    return tuple(LimitTerms(**row) for row in rows.given)


def twice(rows: Rows) -> Iterator[tuple[RowForm, Text]]:
    """Rows that limit what an earlier one limits already."""
    seen: set[tuple[Any, ...]] = set()
    for form in rows.filled():
        key = tuple(form.cleaned_data.get(name) for name in ("cover", "basis", "scope", "measure"))
        if key in seen:
            yield form, _("上面已经有一条限额管同一件事，请删去一条。")
        seen.add(key)
