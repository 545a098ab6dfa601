"""The code of a stall: a name that stays, digits that change every few minutes, and the address that carries both.

Nothing is written when a code changes: the digits follow from the stall, the hour and the server's key.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError, Gone, NotFound
from niangjia.kernel.text import _
from niangjia.services.joining.stalls import parameters, rules
from niangjia.services.joining.stalls.models import Stall
from niangjia.services.joining.stalls.states import StallState


@dataclass(frozen=True)
class ShownCode:
    """``text`` for reading and typing, ``path`` for the picture, ``renew_in`` seconds until the next one."""

    text: str
    path: str
    renew_in: int


def new_name() -> str:
    """A fresh name of five letters and digits that cannot be mistaken for each other."""
    return "".join(secrets.choice(rules.ALPHABET) for _position in range(rules.NAME_LENGTH))


def of(stall: Stall, now: datetime | None = None) -> ShownCode:
    """The code that the stall shows at ``now``."""
    moment = now or clock.now()
    minutes = _minutes(stall)
    text = rules.shown_code(stall.name, _pin(stall, rules.window_of(moment, minutes)))
    return ShownCode(text, reverse("joining:stall", args=[text.replace("-", "")]), rules.renew_in(moment, minutes))


def stall_of(text: str) -> Stall:
    """The running stall with this code; the code shown before the present one still counts.

    Raises NotFound STALL_CODE (no such code), Gone STALL_CODE_OLD (it has changed since), STALL_OVER.
    """
    parts = rules.split_code(text)
    stall = Stall.objects.with_unions().filter(name=parts[0]).first() if parts else None
    if stall is None or parts is None:
        raise NotFound("STALL_CODE", _("没有这个现场码，请核对后再输，或者重新扫工作人员手机上的二维码。"))
    if not stall.is_running:
        raise over(stall)
    if not _counts(stall, parts[1]):
        raise Gone("STALL_CODE_OLD", _("这个现场码已经更新，请扫工作人员手机上现在的二维码。"))
    return stall  # type: ignore[no-any-return]


def over(stall: Stall) -> DomainError:
    """Why nobody joins there any more."""
    if stall.state == StallState.CALLED_OFF:
        return Gone("STALL_OVER", _("{union}的这场现场入会已取消，您可以直接在网上申请。", union=stall.union.name))
    return Gone("STALL_OVER", _("{union}的这场现场入会已经结束，您可以直接在网上申请。", union=stall.union.name))


def _counts(stall: Stall, pin: str) -> bool:
    window = rules.window_of(clock.now(), _minutes(stall))
    return any(constant_time_compare(pin, _pin(stall, one)) for one in (window, window - 1))


def _pin(stall: Stall, window: int) -> str:
    digest = salted_hmac("joining.stall", f"{stall.public_id}:{stall.renewal}:{window}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**rules.PIN_LENGTH:0{rules.PIN_LENGTH}d}"


def _minutes(stall: Stall) -> int:
    return parameters.code_minutes(stall.union_id, stall.day)
