"""The pages' forms. What is wrong is said beside the field; what was typed stays."""

from __future__ import annotations

from typing import Any

from django import forms

from niangjia.commons.people.categories import CATEGORY_LABELS
from niangjia.kernel import clock, identifiers
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.web.fields import IdNumberField, NameField
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.joining import queries, rules
from niangjia.services.joining.intake import Answers
from niangjia.services.joining.parameters import minimum_age


class WhoForm(Form):
    """Page one: name and number."""

    name = NameField(label=spoken(_("姓名")), help_text=spoken(_("和身份证上的一样。")))
    id_number = IdNumberField(label=spoken(_("身份证件号码")), help_text=spoken(_("18 位；港澳台居民居住证也可以。")))

    def clean_id_number(self) -> str:
        found: identifiers.ResidentId = self.cleaned_data["id_number"]
        try:
            rules.require_working_age(found.birth_date, clock.today(), minimum_age(None, clock.today()))
        except DomainError as error:
            raise forms.ValidationError(str(error.message), code=error.code) from error
        return found.number


class WorkForm(Form):
    """Page two: what I do, for whom, and where."""

    category = forms.ChoiceField(
        label=spoken(_("您的职业")),
        widget=forms.RadioSelect,
        error_messages={"required": spoken(_("请选择您的职业。"))},
    )
    employer_name = forms.CharField(
        label=spoken(_("单位或平台名称")),
        required=False,
        max_length=100,
        help_text=spoken(_("没有固定单位可以不填。您的单位看不到这份申请。")),
    )
    employer_code = forms.CharField(
        label=spoken(_("单位的统一社会信用代码")),
        required=False,
        max_length=30,
        help_text=spoken(_("知道就填，能更快找到您单位的工会。")),
    )
    street = forms.ChoiceField(
        label=spoken(_("平时在哪个街道、乡镇工作")),
        error_messages={"required": spoken(_("请选择您工作所在的街道或乡镇。"))},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [(code.value, label) for code, label in CATEGORY_LABELS.items()]  # type: ignore[attr-defined]
        self.fields["street"].choices = [("", spoken(_("请选择"))), *queries.street_choices()]  # type: ignore[attr-defined]

    def clean_employer_code(self) -> str:
        try:
            return rules.employer_code(self.cleaned_data["employer_code"])
        except DomainError as error:
            raise forms.ValidationError(str(error.message), code=error.code) from error


class AgreeForm(Form):
    """Page three: the summary was checked, the consent given."""

    consent = forms.BooleanField(
        label=spoken(_("我已阅读并同意")), error_messages={"required": spoken(_("请阅读并勾选同意，才能提交。"))}
    )
    consent_version = forms.CharField(widget=forms.HiddenInput, required=False)


class SupplyForm(WhoForm, WorkForm):
    """What was asked for: every answer can be corrected, and a note added."""

    note = forms.CharField(
        label=spoken(_("给工会的说明")), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("note", "name", "id_number", "category", "employer_name", "employer_code", "street")

    def answers(self) -> Answers:
        values = {name: self.cleaned_data[name] for name in self.fields if name != "note"}
        return Answers(**values)


class ReasonForm(Form):
    """A reason that the applicant will read."""

    reason = forms.CharField(
        label=spoken(_("理由")),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=spoken(_("申请人会看到这段话。请写清楚、写客气，不要写证件号和手机号。")),
        error_messages={"required": spoken(_("请写明理由。"))},
    )


class SendOnForm(ReasonForm):
    """To which union, and why."""

    union_code = forms.ChoiceField(
        label=spoken(_("转给哪个工会")), error_messages={"required": spoken(_("请选择工会。"))}
    )
    field_order = ("union_code", "reason")

    def __init__(self, *args: Any, application: Any, search: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = queries.receiving_unions(application, search)
        self.fields["union_code"].choices = [("", spoken(_("请选择"))), *choices]  # type: ignore[attr-defined]
