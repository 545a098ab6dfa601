"""The form by which a next version is drawn up: the terms of the last one, every number of which can be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from niangjia.kernel.money import plain_yuan
from niangjia.kernel.text import Text, _
from niangjia.platform.web.fields import DayField, YuanField
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.protection.catalogue import Formula, Measure
from niangjia.services.protection.leaflets import limit_sentence
from niangjia.services.protection.terms import CoverTerms, LimitTerms, Terms

_COUNTS: Mapping[str, Text] = {
    "per_cent": _("给付比例（%）"),
    "first_day": _("从第几天起"),
    "most_days": _("每次最多几天"),
}
_MONEY: Mapping[str, Text] = {
    "fen_per_square_metre": _("每平方米（元）"),
    "fen_per_day": _("每天（元）"),
    "deductible_fen": _("起付线（元）"),
}


class TermsForm(Form):
    """Days, who may join, and for each cover and limit its numbers. ``base`` is what it starts from."""

    valid_from = DayField(label=_("从哪天起有效"))
    valid_to = DayField(label=_("到哪天为止"), required=False, help_text=spoken(_("空着表示到下一版为止。")))
    age_from = forms.IntegerField(label=spoken(_("最低年龄")), min_value=0, max_value=120)
    age_to = forms.IntegerField(label=spoken(_("最高年龄")), min_value=0, max_value=120)
    cap = YuanField(label=_("每人每期最高（元）"))
    price = YuanField(label=_("每人每期费用（元）"), required=False, help_text=spoken(_("免费的空着。")))
    share_percent = forms.IntegerField(label=spoken(_("参保比例（%）")), min_value=0, max_value=100)
    everyone_under = forms.IntegerField(label=spoken(_("不足多少人要全员参保")), min_value=0, max_value=1000)

    def __init__(self, *args: Any, base: Terms, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {**initial_of(base), **(kwargs.get("initial") or {})}})
        self.base = base
        for cover in base.covers:
            self.fields.update(_cover_fields(cover))
        for number, limit in enumerate(base.limits):
            self.fields[f"limit_{number}"] = _limit_field(number, limit)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("valid_from"), given.get("valid_to")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("valid_to", ValidationError(str(_("结束日期不能早于开始日期。")), code="VERSION_DAYS"))
        return given

    def terms(self) -> Terms:
        """The base with the numbers of the form."""
        given = self.cleaned_data
        covers = tuple(_changed(cover, given) for cover in self.base.covers if given.get(f"{cover.code}:keep"))
        kept = {cover.code for cover in covers}
        limits = tuple(
            replace(limit, amount=given[f"limit_{number}"])
            for number, limit in enumerate(self.base.limits)
            if not limit.cover or limit.cover in kept
        )
        names = ("age_from", "age_to", "share_percent", "everyone_under")
        return replace(
            self.base, covers=covers, limits=limits, cap_fen=given["cap"], price_fen=given["price"] or 0,
            **{name: given[name] for name in names},
        )  # fmt: skip


def initial_of(terms: Terms) -> dict[str, Any]:
    """The numbers of terms as the form shows them."""
    initial: dict[str, Any] = {
        "age_from": terms.age_from, "age_to": terms.age_to, "cap": plain_yuan(terms.cap_fen),
        "price": plain_yuan(terms.price_fen) if terms.price_fen else "", "share_percent": terms.share_percent,
        "everyone_under": terms.everyone_under,
    }  # fmt: skip
    for cover in terms.covers:
        initial |= {f"{cover.code}:keep": True, f"{cover.code}:sum": plain_yuan(cover.sum_fen)}
        initial[f"{cover.code}:days"] = cover.claim_days
        initial |= {key: shown for key, _label, shown, _money in _numbers(cover)}
    for number, limit in enumerate(terms.limits):
        initial[f"limit_{number}"] = plain_yuan(limit.amount) if limit.measure == Measure.FEN else limit.amount
    return initial


def _numbers(cover: CoverTerms) -> Iterator[tuple[str, Text, Any, bool]]:
    """Each number of a formula: its field, its label, its value as shown, and whether it is money."""
    if cover.formula == Formula.GRADE:
        for grade, fen in cover.data["grades"].items():
            yield f"{cover.code}:grade:{grade}", _("{n} 级（元）", n=grade), plain_yuan(fen), True
    for name, label in _MONEY.items():
        if name in cover.data:
            yield f"{cover.code}:{name}", label, plain_yuan(cover.data[name]), True
    for name, label in _COUNTS.items():
        if name in cover.data:
            yield f"{cover.code}:{name}", label, cover.data[name], False


def _limit_field(number: int, limit: LimitTerms) -> forms.Field:
    now = spoken(limit_sentence(limit))
    if limit.measure == Measure.FEN:
        return YuanField(label=_("限额 {n}（元）", n=number + 1), help_text=now)
    return forms.IntegerField(label=spoken(_("限额 {n}（次或天）", n=number + 1)), min_value=1, help_text=now)


def _cover_fields(cover: CoverTerms) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        f"{cover.code}:keep": forms.BooleanField(label=spoken(_("保留“{cover}”", cover=cover.name)), required=False),
        f"{cover.code}:sum": YuanField(label=_("{cover}：最高（元）", cover=cover.name)),
        f"{cover.code}:days": forms.IntegerField(
            label=spoken(_("{cover}：出险后几天内申请", cover=cover.name)), min_value=1, max_value=3650
        ),
    }
    for key, label, _shown, money in _numbers(cover):
        named = _("{cover}：{what}", cover=cover.name, what=label)
        fields[key] = YuanField(label=named) if money else forms.IntegerField(label=spoken(named), min_value=0)
    return fields


def _changed(cover: CoverTerms, given: Mapping[str, Any]) -> CoverTerms:
    data = dict(cover.data)
    if "grades" in data:
        data["grades"] = {grade: given[f"{cover.code}:grade:{grade}"] for grade in data["grades"]}
    for name in (*_MONEY, *_COUNTS):
        if name in data:
            data[name] = given[f"{cover.code}:{name}"]
    return replace(cover, sum_fen=given[f"{cover.code}:sum"], claim_days=given[f"{cover.code}:days"], data=data)
