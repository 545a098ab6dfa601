"""Staff passwords: judged at the same cost whether or not the name exists, is open, or has a password."""

from __future__ import annotations

from functools import cache

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from niangjia.kernel.text import _
from niangjia.platform.accounts import errors, tokens
from niangjia.platform.accounts.models import User
from niangjia.platform.accounts.policy_settings import PASSWORD_MAX_LENGTH
from niangjia.platform.accounts.texts import is_encodable


def is_right(user: User | None, typed: str) -> bool:
    """Whether ``typed`` is the password of an active ``user``: exactly one hash is computed for every answer."""
    stored = user.password if user is not None and user.has_usable_password() else _nobodys()
    readable = is_encodable(typed)
    matches = check_password(typed if readable else "", stored)
    return matches and readable and user is not None and user.is_active and stored == user.password


def require_readable(typed: str) -> None:
    """Raises RuleBroken PASSWORD_LENGTH for what is longer than any password we take."""
    if len(typed) > PASSWORD_MAX_LENGTH:
        raise errors.password_too_long()


def require_strong(typed: str, user: User) -> None:
    """Raises RuleBroken PASSWORD_WEAK unless the password meets settings.AUTH_PASSWORD_VALIDATORS."""
    require_readable(typed)
    try:
        validate_password(typed, user)
        if not is_encodable(typed) or "\x00" in typed:
            raise ValidationError("")
    except ValidationError as error:
        sentence = _("密码至少要12个字符，并且不能是常见的密码。可以用几个不相干的词连成一句。")
        raise errors.with_field("PASSWORD_WEAK", sentence, "password") from error


@cache
def _nobodys() -> str:
    """A stand-in hash made once per process with the hasher in use; what it matches is refused in any case."""
    return make_password(tokens.new_token())
