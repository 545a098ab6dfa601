"""The forms of signing in. Plain Django forms; each refusal stands beside its field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts import errors, passwords, phones
from niangjia.platform.accounts.policy_settings import PASSWORD_MAX_LENGTH
from niangjia.platform.accounts.texts import six_digits


class PhoneInput(forms.Field):
    """A mobile phone in any usual spelling; cleans to eleven digits."""

    widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"})

    def clean(self, value: Any) -> str:
        try:
            return phones.normalise(value)
        except DomainError as error:
            raise _invalid(error) from error


class DigitsInput(forms.Field):
    """Six digits by SMS or from an authenticator."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "12"})

    def clean(self, value: Any) -> str:
        digits = six_digits(value)
        if digits is None:
            raise _invalid(errors.code_format())
        return digits


class PasswordInput(forms.Field):
    """A password as typed: blanks at its ends belong to it."""

    widget = forms.PasswordInput(attrs={"autocomplete": "current-password", "maxlength": str(PASSWORD_MAX_LENGTH)})

    def clean(self, value: Any) -> str:
        typed = value if isinstance(value, str) else ""
        if not typed:
            raise ValidationError(str(_("请输入密码。")), code="PASSWORD_MISSING")
        try:
            passwords.require_readable(typed)
        except DomainError as error:
            raise _invalid(error) from error
        return typed


class NameInput(forms.Field):
    """A staff name; whether it exists is not told here."""

    widget = forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"})

    def clean(self, value: Any) -> str:
        typed = value if isinstance(value, str) else ""
        if not typed.strip():
            raise ValidationError(str(_("请输入用户名。")), code="NAME_MISSING")
        return typed


class SignInForm(forms.Form):
    """Shows a refusal of the flow beside the field it concerns."""

    def refused(self, error: DomainError) -> None:
        """Add ``error`` beside its fields, or above the form when it names none of this form's."""
        named = {name: texts for name, texts in error.fields.items() if name in self.fields}
        for name, texts in named.items():
            self.add_error(name, [ValidationError(str(text), code=error.code) for text in texts])
        if not named:
            self.add_error(None, ValidationError(str(error.message), code=error.code))


class PhoneForm(SignInForm):
    """First step of a member."""

    phone = PhoneInput(label=gettext_lazy("手机号"))


class CodeForm(SignInForm):
    """Second step of a member; the phone goes along hidden."""

    phone = PhoneInput(widget=forms.HiddenInput)
    code = DigitsInput(label=gettext_lazy("短信验证码"))


class PasswordForm(SignInForm):
    """First step of staff."""

    name = NameInput(label=gettext_lazy("用户名"))
    password = PasswordInput(label=gettext_lazy("密码"))


class TotpForm(SignInForm):
    """Second step of staff, enrolment, and step-up."""

    totp = DigitsInput(label=gettext_lazy("动态口令"))


class StepUpForm(SignInForm):
    """A member proves the phone again."""

    code = DigitsInput(label=gettext_lazy("短信验证码"))


def _invalid(error: DomainError) -> ValidationError:
    return ValidationError(str(error.message), code=error.code)
