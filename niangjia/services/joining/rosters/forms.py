"""The forms of the roster pages."""

from __future__ import annotations

from typing import Any

from django import forms

from niangjia.commons.people.merge_models import VERDICT_LABELS, Verdict
from niangjia.kernel.text import _
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.joining.rosters.states import OnTransfer


class UploadForm(Form):
    """The file, where its people shall be members, and what to do with who is a member elsewhere."""

    file = forms.FileField(
        label=spoken(_("名单文件")),
        help_text=spoken(
            _("按模板填写的 .xlsx 或 .csv，最大 64 MB、50 万行。上传后先核对，您确认以前不改动任何会籍。")
        ),
        error_messages={
            "required": spoken(_("请选择要上传的文件。")),
            "empty": spoken(_("这个文件是空的，请重新选择。")),
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    union_code = forms.ChoiceField(
        label=spoken(_("登记在哪个工会")),
        help_text=spoken(_("名单里写了下级工会的，登记在那个工会。")),
        error_messages={"required": spoken(_("请选择工会。"))},
    )
    on_transfer = forms.ChoiceField(
        label=spoken(_("会籍在别处的人")),
        widget=forms.RadioSelect,
        initial=OnTransfer.LEAVE.value,
        choices=[
            (OnTransfer.LEAVE.value, spoken(_("留在原工会，只列出来"))),
            (OnTransfer.PROPOSE.value, spoken(_("请原工会转出会籍"))),
        ],
        error_messages={"required": spoken(_("请选择会籍在别处的人怎么办。"))},
    )

    def __init__(self, *args: Any, unions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = [] if len(unions) == 1 else [("", spoken(_("请选择")))]
        self.fields["union_code"].choices = [*first, *unions]  # type: ignore[attr-defined]


class VerdictForm(Form):
    """Whether two are one person, and why."""

    verdict = forms.ChoiceField(
        label=spoken(_("判断结果")),
        widget=forms.RadioSelect,
        choices=[(v.value, VERDICT_LABELS[v]) for v in (Verdict.SAME, Verdict.DIFFERENT, Verdict.ASK)],
        error_messages={"required": spoken(_("请选择判断结果。"))},
    )
    reason = forms.CharField(
        label=spoken(_("依据")),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=spoken(_("看过什么材料、问过谁。不要写证件号和手机号。")),
        error_messages={"required": spoken(_("请写明理由。"))},
    )
