"""The forms of signing in."""

from __future__ import annotations

from django import forms as django_forms

from niangjia.kernel.text import _
from niangjia.platform.web.fields import CodeField, PhoneField
from niangjia.platform.web.forms import Form


class PhoneForm(Form):
    """First page: where the code is sent."""

    phone = PhoneField(help_text=_("中国大陆手机号。我们会发一条带验证码的短信。"))
    next = django_forms.CharField(required=False, widget=django_forms.HiddenInput)


class CodeForm(Form):
    """Second page: the code."""

    code = CodeField(help_text=_("5 分钟内有效。"))
    next = django_forms.CharField(required=False, widget=django_forms.HiddenInput)
