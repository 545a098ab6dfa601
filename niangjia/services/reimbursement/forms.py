"""The forms of this room."""

from __future__ import annotations

from typing import Any

from django import forms

from niangjia.kernel.text import _
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.reimbursement.states import PROGRAMME_LABELS


class UploadForm(Form):
    """The file, whose members it is about, and the programme."""

    file = forms.FileField(
        label=spoken(_("结算数据文件")),
        help_text=spoken(_("医保结算的 .xlsx 或 .csv，最大 64 MB、50 万行。上传后先匹配和试算，不付钱。")),
        error_messages={
            "required": spoken(_("请选择要上传的文件。")),
            "empty": spoken(_("这个文件是空的，请重新选择。")),
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    union_code = forms.ChoiceField(
        label=spoken(_("哪个工会的会员")),
        help_text=spoken(_("会籍在这个工会和它下面的，才会匹配。")),
        error_messages={"required": spoken(_("请选择工会。"))},
    )
    programme = forms.ChoiceField(
        label=spoken(_("项目")),
        widget=forms.RadioSelect,
        choices=[(code.value, spoken(label)) for code, label in PROGRAMME_LABELS.items()],
        error_messages={"required": spoken(_("请选择是哪个项目。"))},
    )

    def __init__(self, *args: Any, unions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = [] if len(unions) == 1 else [("", spoken(_("请选择")))]
        self.fields["union_code"].choices = [*first, *unions]  # type: ignore[attr-defined]


class ReasonForm(Form):
    """Why."""

    reason = forms.CharField(
        label=spoken(_("理由")),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=spoken(_("不要写证件号、手机号和病情。")),
        error_messages={"required": spoken(_("请写明理由。"))},
    )


class MatchForm(Form):
    """Whose settlement it is."""

    id_number = forms.CharField(
        label=spoken(_("正确的证件号码")),
        max_length=30,
        help_text=spoken(_("向本人或所在工会核实以后再填。")),
        error_messages={"required": spoken(_("请填写证件号码。"))},
    )
