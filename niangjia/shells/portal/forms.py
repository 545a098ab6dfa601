"""The forms of signing in."""

from __future__ import annotations

from django import forms as django_forms

from niangjia.kernel.text import _
from niangjia.platform.web.fields import CodeField, PhoneField
from niangjia.platform.web.forms import Form, spoken


class PhoneForm(Form):
    """First page: where the code is sent."""

    phone = PhoneField(help_text=_("中国大陆手机号。我们会发一条带验证码的短信。"))
    next = django_forms.CharField(required=False, widget=django_forms.HiddenInput)


class EmailForm(Form):
    """Where important notices go besides the phone."""

    email = django_forms.CharField(
        label=spoken(_("电子邮箱")),
        required=False,
        max_length=200,
        help_text=spoken(_("重要通知会同时发到这里。留空就不再发邮件。")),
        widget=django_forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )


class CodeForm(Form):
    """Second page: the code."""

    code = CodeField(help_text=_("5 分钟内有效。"))
    next = django_forms.CharField(required=False, widget=django_forms.HiddenInput)
