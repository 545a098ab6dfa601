"""The forms of the enrolment pages."""

from __future__ import annotations

from typing import Any

from django import forms

from niangjia.kernel import clock
from niangjia.kernel.text import Text, _
from niangjia.platform.web.fields import DayField, IdNumberField, NameField, ReasonField
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.protection.catalogue import REFUND_LABELS, Refund
from niangjia.services.protection.enrolment.states import Origin

ORIGINS: tuple[tuple[str, Text], ...] = (
    (Origin.FILE.value, _("按名单文件")),
    (Origin.ENTITLEMENT.value, _("这个工会的全部新就业形态会员")),
    (Origin.RENEWAL.value, _("起保日期以前到期的人，接着上一期续保")),
)


class ListForm(Form):
    """Who shall be enrolled, in which plan, from when."""

    origin = forms.ChoiceField(
        label=spoken(_("给谁参保")),
        widget=forms.RadioSelect,
        initial=Origin.FILE.value,
        choices=[(code, spoken(label)) for code, label in ORIGINS],
    )
    file = forms.FileField(
        label=spoken(_("名单文件")),
        required=False,
        help_text=spoken(_("按模板填写的 .xlsx 或 .csv，最大 64 MB、50 万行。其他两种办法不用上传。")),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    union_code = forms.ChoiceField(
        label=spoken(_("哪个工会的会员")),
        help_text=spoken(_("包括它下面的工会。")),
        error_messages={"required": spoken(_("请选择工会。"))},
    )
    plan_code = forms.ChoiceField(
        label=spoken(_("保障方案")), error_messages={"required": spoken(_("请选择保障方案。"))}
    )
    from_day = DayField(label=_("起保日期"), initial=clock.today)

    def __init__(self, *args: Any, unions: list[tuple[str, str]], plans: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("union_code", unions), ("plan_code", plans)):
            first = [] if len(choices) == 1 else [("", spoken(_("请选择")))]
            self.fields[name].choices = [*first, *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("origin") == Origin.FILE and not given.get("file") and "file" not in self.errors:
            self.add_error("file", str(_("请选择要上传的文件。")))
        return given


class CounterForm(Form):
    """One person at a counter."""

    name = NameField(label=_("姓名"))
    id_number = IdNumberField(label=_("身份证件号码"))
    plan_code = forms.ChoiceField(label=spoken(_("保障方案")))
    from_day = DayField(label=_("起保日期"), initial=clock.today)

    def __init__(self, *args: Any, plans: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan_code"].choices = plans  # type: ignore[attr-defined]


class EndForm(Form):
    """Until when somebody is protected, why no longer, and what becomes of the fee."""

    day = DayField(label=_("保障到哪天为止"), initial=clock.today, help_text=spoken(_("这一天仍在保障中。")))
    reason = ReasonField(label=_("理由"), help_text=spoken(_("例如离职、退会。不要写病情。")))
    refund = forms.ChoiceField(
        label=spoken(_("费用怎样处理")),
        widget=forms.RadioSelect,
        initial=Refund.NONE.value,
        choices=[(code.value, spoken(label)) for code, label in REFUND_LABELS.items()],
        help_text=spoken(_("只作记录，这里不动钱。")),
    )

    def __init__(self, *args: Any, free: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if free:
            del self.fields["refund"]


class CancelForm(Form):
    """Why an enrolment is taken back."""

    reason = ReasonField(label=_("理由"))
