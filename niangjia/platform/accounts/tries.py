"""How often one may try, counted in the database before anything is judged or sent.

Addresses are counted first, so that a barred address cannot use up somebody else's phone or name.
"""

from __future__ import annotations

from dataclasses import dataclass

from niangjia.kernel.errors import TooMany
from niangjia.kernel.text import _
from niangjia.platform.accounts import errors, policy_settings
from niangjia.platform.accounts.policy_settings import (
    ADDRESS_WINDOW_SECONDS,
    LOCK_OUT_SECONDS,
    OWNER_WINDOW_SECONDS,
    number,
)
from niangjia.platform.requests import limits
from niangjia.platform.requests.addresses import network_of

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Quota:
    """A quota of codes that stands in for the address's, for a stall where many phones share one address."""

    key: str
    limit: int
    seconds: int


def count_sending(*, phone_index: str, address: str, quota: Quota | None = None) -> None:
    """Count a code about to be sent; raises TooMany, or Unavailable once the day's budget is spent."""
    quota = quota or Quota(f"address:{network_of(address)}", number("CODES_PER_ADDRESS"), ADDRESS_WINDOW_SECONDS)
    limits.hit(f"code.{quota.key}", limit=quota.limit, seconds=quota.seconds)
    limits.hit(f"code.minute:{phone_index}", limit=number("CODES_PER_MINUTE"), seconds=MINUTE)
    limits.hit(f"code.hour:{phone_index}", limit=number("CODES_PER_HOUR"), seconds=HOUR)
    limits.hit(f"code.day:{phone_index}", limit=number("CODES_PER_DAY"), seconds=DAY)
    try:
        limits.hit("code.budget", limit=number("CODES_DAILY_BUDGET"), seconds=DAY)
    except TooMany as error:
        raise errors.budget_spent(error.retry_after) from error


def count_code_guess(*, address: str) -> None:
    """Count a code typed from ``address``, whatever phone it is for."""
    limit = number("CODE_GUESSES_PER_ADDRESS")
    limits.hit(f"code.guess:{network_of(address)}", limit=limit, seconds=ADDRESS_WINDOW_SECONDS)


def count_password(*, name: str, address: str) -> None:
    """Count a password typed for ``name``; raises TooMany before any hash is computed (a hash is dear)."""
    limit = number("STAFF_TRIES_PER_ADDRESS")
    limits.hit(f"staff.address:{network_of(address)}", limit=limit, seconds=ADDRESS_WINDOW_SECONDS)
    limits.hit(_password(name), limit=number("STAFF_PASSWORD_TRIES"), seconds=LOCK_OUT_SECONDS)


def forgive_password(*, name: str) -> None:
    """The password was right: earlier wrong ones no longer count."""
    limits.clear(_password(name))


def count_totp(*, user_id: int) -> None:
    """Count a second factor typed for a user; raises TooMany."""
    limits.hit(_totp(user_id), limit=number("STAFF_TOTP_TRIES"), seconds=LOCK_OUT_SECONDS)


def forgive_totp(*, user_id: int) -> None:
    """The second factor was right: earlier wrong ones no longer count."""
    limits.clear(_totp(user_id))


def count_owner(*, user_id: int) -> None:
    """Count what was said to be the owner's; raises TooMany."""
    message = _("输错次数太多，7 天内不能再试。账户是您的，请打 12351 或到服务站核对身份。")
    limits.hit(_owner(user_id), limit=number("OWNER_TRIES"), seconds=OWNER_WINDOW_SECONDS, message=message)


def forgive_owner(*, user_id: int) -> None:
    """The owner said it: earlier wrong tries no longer count."""
    limits.clear(_owner(user_id))


def resend_after() -> int:
    """Seconds after which another code may be asked for."""
    return MINUTE if policy_settings.number("CODES_PER_MINUTE") == 1 else 1


def _password(name: str) -> str:
    return f"staff.password:{name}"


def _owner(user_id: int) -> str:
    return f"owner:{user_id}"


def _totp(user_id: int) -> str:
    return f"staff.totp:{user_id}"
