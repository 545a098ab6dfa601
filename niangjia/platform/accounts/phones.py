"""Phones as a way to sign in: one spelling, one index, one user."""

from __future__ import annotations

from niangjia.kernel import identifiers
from niangjia.platform.accounts.models import User
from niangjia.platform.personal_data.fields import blind_index


def normalise(phone: object) -> str:
    """The eleven digits of a mobile phone; raises RuleBroken PHONE_FORMAT."""
    return identifiers.mobile_phone(phone)


def index_of(number: str) -> str:
    """The blind index under which a normalised phone is found."""
    return blind_index("accounts.phone", number)


def user_with(number: str) -> User | None:
    """The user of a normalised phone, disabled or not."""
    return User.objects.filter(phone_index=index_of(number)).first()
