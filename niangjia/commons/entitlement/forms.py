"""Editing a rule in the console. The form and the rule are two sides of one thing: each gives the other back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundWidget

from niangjia.commons.entitlement import rules
from niangjia.commons.entitlement.compile import union_names
from niangjia.commons.entitlement.predicates import (
    LONGEST_MEMBERSHIP_DAYS,
    MOST_CHOICES,
    OLDEST,
    YOUNGEST,
    Age,
    AtUnion,
    CardKind,
    Category,
    HasCard,
    Honoured,
    MemberBefore,
    MemberFor,
    NewForm,
    OfSex,
    Standing,
)
from niangjia.commons.entitlement.rules import Per, Period, Rule
from niangjia.commons.entitlement.words import STANDING_LABELS
from niangjia.commons.people.categories import CATEGORY_LABELS, NEW_FORM, SEX_LABELS
from niangjia.commons.people.honours.kinds import HONOUR_LABELS
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.identifiers import Sex
from niangjia.kernel.text import Text, _
from niangjia.platform.web.fields import DayField, NormalisedField
from niangjia.platform.web.forms import Form, spoken

_CATEGORIES = sorted(CATEGORY_LABELS, key=lambda category: category not in NEW_FORM)
"""New forms of employment first; otherwise in the order in which they are known."""

_SEPARATORS = re.compile(r"[\s,;，；、]+")


class WholeField(NormalisedField):
    """A whole number, digits only, in full width too."""

    def __init__(self, *, sentence: Text, **kwargs: Any) -> None:
        self.sentence = sentence
        super().__init__(max_length=12, **kwargs)
        self.empty_value: Any = None

    def normalise(self, value: str) -> int:
        digits = unicodedata.normalize("NFKC", value).strip()
        if not re.fullmatch(r"[0-9]{1,9}", digits):
            raise ValidationError(str(self.sentence), code="WHOLE_NUMBER")
        return int(digits)

    def hints(self) -> dict[str, str]:
        return {"inputmode": "numeric", "autocomplete": "off"}


class UnionsField(NormalisedField):
    """Codes of unions, with blanks or commas between. Gives those that exist, in order."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2000, **kwargs)
        self.widget.attrs["rows"] = 3
        self.empty_value: Any = []

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def normalise(self, value: str) -> list[str]:
        codes = codes_in(value)
        known = union_names(codes)
        missing = next((code for code in codes if code not in known), None)
        if missing is not None:
            told = _("没有找到代码是“{code}”的工会，请核对。", code=missing[:32])
            raise ValidationError(str(told), code="UNION_NOT_FOUND")
        return codes


def codes_in(value: str) -> list[str]:
    """The codes in what was typed."""
    typed = unicodedata.normalize("NFKC", value).upper()
    return list(dict.fromkeys(code for code in _SEPARATORS.split(typed) if code))


_AGES = _("年龄请填 {least} 到 {most} 的整数。", least=YOUNGEST, most=OLDEST)
_DAYS = _("入会天数请填 1 到 {most} 的整数。", most=LONGEST_MEMBERSHIP_DAYS)
_PER = {"": _("不限次数"), Per.PERSON.value: _("每人一次"), Per.HOUSEHOLD.value: _("每户家庭一次")}
_PERIODS = {
    Period.CAMPAIGN.value: _("本次活动"),
    Period.YEAR.value: _("每年"),
    Period.EVER.value: _("一直（只有一次）"),
}


class RuleForm(Form):
    """Who may, as a part of a room's own form: give it a ``prefix``, draw ``entitlement/_rule_fields.html``, and ask
    for :meth:`rule` when it is valid. ``rule=`` shows a rule that exists."""

    new_form = forms.BooleanField(label=spoken(_("只面向新就业形态劳动者")), required=False)
    category = forms.MultipleChoiceField(
        label=spoken(_("职业")),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(category.value, CATEGORY_LABELS[category]) for category in _CATEGORIES],
        help_text=spoken(_("一个都不选，就不限职业。")),
    )
    union = UnionsField(
        label=spoken(_("所属工会")),
        required=False,
        help_text=spoken(_("填工会代码，一行一个。包括它们的下级工会；不填就不限工会。")),
    )
    standing = forms.MultipleChoiceField(
        label=spoken(_("会籍")),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(kind.value, label) for kind, label in STANDING_LABELS.items()],
    )
    sex = forms.MultipleChoiceField(
        label=spoken(_("性别")),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(sex.value, SEX_LABELS[sex]) for sex in (Sex.FEMALE, Sex.MALE)],
    )
    age_from = WholeField(label=spoken(_("年满多少周岁")), required=False, sentence=_AGES)
    age_to = WholeField(label=spoken(_("不超过多少周岁")), required=False, sentence=_AGES)
    age_on = DayField(label=spoken(_("按哪一天算年龄")), required=False, help_text=spoken(_("不填就按办理当天算。")))
    member_for = WholeField(
        label=spoken(_("入会满多少天")),
        required=False,
        sentence=_DAYS,
        help_text=spoken(_("三个月填 90，一年填 365。")),
    )
    member_before = DayField(
        label=spoken(_("在哪一天以前入会")), required=False, help_text=spoken(_("当天入会的不算。"))
    )
    card = forms.BooleanField(label=spoken(_("会员卡要在正常使用")), required=False)
    honour = forms.MultipleChoiceField(
        label=spoken(_("荣誉")),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(kind.value, label) for kind, label in HONOUR_LABELS.items()],
        help_text=spoken(_("选了就只面向至少有其中一项荣誉的会员。")),
    )
    once_per = forms.ChoiceField(
        label=spoken(_("限次")), required=False, widget=forms.RadioSelect, choices=list(_PER.items())
    )
    once_period = forms.ChoiceField(
        label=spoken(_("在多长时间内")), required=False, widget=forms.RadioSelect, choices=list(_PERIODS.items())
    )

    def __init__(self, *args: Any, rule: Rule | None = None, **kwargs: Any) -> None:
        shown = answers_of(rule or Rule())
        kwargs["initial"] = {**shown, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self._rule: Rule | None = None

    def rule(self) -> Rule:
        """The rule of a valid form."""
        if self._rule is None:
            raise ValueError("only a valid form has a rule")
        return self._rule

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self._refuse_what_nobody_meets(cleaned)
        if not self.errors:
            try:
                self._rule = rules.parse(written(cleaned))
            except RuleBroken as error:
                self.refuse(error)
        return cleaned

    def _refuse_what_nobody_meets(self, cleaned: Mapping[str, Any]) -> None:
        chosen = set(cleaned["category"])
        if cleaned["new_form"] and chosen and not chosen & NEW_FORM:
            self.add_error("category", str(_("所选职业都不是新就业形态劳动者，这样谁也不能参加。请改选。")))
        if cleaned["age_on"] and cleaned["age_from"] is None and cleaned["age_to"] is None:
            self.add_error("age_from", str(_("填了算年龄的日期，请把年龄也填上。")))

    @property
    def new_form_options(self) -> list[BoundWidget]:
        """The check boxes of categories in new forms of employment."""
        return [option for option in self["category"] if option.data["value"] in NEW_FORM]

    @property
    def other_options(self) -> list[BoundWidget]:
        return [option for option in self["category"] if option.data["value"] not in NEW_FORM]

    @property
    def unions(self) -> list[tuple[str, str]]:
        """The unions that are written down now, as (code, name), to show beside the codes."""
        value = self["union"].value() or ""
        codes = codes_in(value if isinstance(value, str) else "\n".join(value))[:MOST_CHOICES]
        names = union_names(codes)
        return [(code, names[code]) for code in codes if code in names]


def answers_of(rule: Rule) -> dict[str, Any]:
    """What the form shows for a rule."""
    age, member_for, before = rule.find(Age), rule.find(MemberFor), rule.find(MemberBefore)
    return {
        "new_form": rule.find(NewForm) is not None,
        "card": rule.find(HasCard) is not None,
        **{kind.IS: _chosen(rule, kind) for kind in (Category, AtUnion, Standing, OfSex, Honoured)},
        **({"age_from": age.youngest, "age_to": age.oldest, "age_on": age.on} if age else {}),
        "member_for": member_for and member_for.days,
        "member_before": before and before.day,
        "once_per": rule.once.per.value if rule.once else "",
        "once_period": rule.once.period.value if rule.once else Period.CAMPAIGN.value,
    }


def _chosen(rule: Rule, kind: type[Category | AtUnion | Standing | OfSex | Honoured]) -> list[str]:
    found = rule.find(kind)
    return [str(each) for each in found.any_of] if found else []


def written(cleaned: Mapping[str, Any]) -> Any:
    """The stored form of what was filled in, in the order in which conditions are explained."""
    who = [
        *_any_of(cleaned, AtUnion.IS),
        *([{"is": NewForm.IS}] if cleaned["new_form"] else []),
        *_any_of(cleaned, Category.IS, Standing.IS, OfSex.IS),
        *_ages(cleaned["age_from"], cleaned["age_to"], cleaned["age_on"]),
        *_lengths(cleaned["member_for"], cleaned["member_before"]),
        *([{"is": HasCard.IS, "any_of": [CardKind.ACTIVE.value]}] if cleaned["card"] else []),
        *_any_of(cleaned, Honoured.IS),
    ]
    if not cleaned["once_per"]:
        return who
    period = cleaned["once_period"] or Period.CAMPAIGN.value
    return {"who": who, "once": {"per": cleaned["once_per"], "period": period}}


def _any_of(cleaned: Mapping[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [{"is": kind, "any_of": cleaned[kind]} for kind in kinds if cleaned[kind]]


def _lengths(days: int | None, before: date | None) -> list[dict[str, Any]]:
    long = [] if days is None else [{"is": MemberFor.IS, "days": days}]
    return long if before is None else [*long, {"is": MemberBefore.IS, "day": before.isoformat()}]


def _ages(youngest: int | None, oldest: int | None, on: date | None) -> list[dict[str, Any]]:
    if youngest is None and oldest is None:
        return []
    least = YOUNGEST if youngest is None else youngest
    most = OLDEST if oldest is None else oldest
    return [{"is": Age.IS, "from": least, "to": most, "on": on and on.isoformat()}]
