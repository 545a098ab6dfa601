"""What can be told. Rooms declare their kinds in ``notices.py``; the text is made when it is read or sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from string import Formatter

from niangjia.kernel.text import Text, _


class Channel(StrEnum):
    """A way to somebody."""

    IN_APP = "in_app"
    SMS = "sms"
    EMAIL = "email"


class State(StrEnum):
    """What became of something outgoing."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    DEAD = "dead"


class Priority:
    """Who goes first when many wait; a lower number goes first."""

    CODE = 0
    IMPORTANT = 1
    NORMAL = 2


class Receipt(StrEnum):
    """What the gateway reports after it took a message."""

    NONE = ""
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class NoticeKind:
    """One kind of notice. ``title`` and ``body`` may name values as ``{number}``; important ones are sent first."""

    code: str
    title: Text
    body: Text
    channels: tuple[str, ...] = (Channel.IN_APP,)
    important: bool = False

    @property
    def needs(self) -> frozenset[str]:
        """The names of the values that its sentences use."""
        return frozenset(
            name
            for text in (self.title, self.body)
            for _lead, name, _spec, _conv in Formatter().parse(text.message)
            if name
        )


_ID_NUMBER = re.compile(r"(?<!\d)\d{6}(?:18|19|20)\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def looks_personal(text: str) -> bool:
    """Whether an ID or a mobile phone number stands in ``text``: such text is never stored unsealed."""
    return bool(_ID_NUMBER.search(text) or _PHONE.search(text))


@dataclass(frozen=True)
class Notice:
    """Something to tell one user. Without a user (somebody who has no account) nothing is written.

    ``values`` are stored as they are, so they must not be personal: numbers of cases, names of unions, days, amounts.
    ``link`` is a path of the portal. Raises ValueError for a missing value, an ID or phone number, a foreign link.
    """

    kind: NoticeKind
    to_user_id: int | None
    values: Mapping[str, str] = field(default_factory=dict)
    link: str = ""

    def __post_init__(self) -> None:
        if missing := self.kind.needs - set(self.values):
            raise ValueError(f"{self.kind.code} lacks {', '.join(sorted(missing))}")
        for name, value in self.values.items():
            if looks_personal(str(value)):
                raise ValueError(f"{self.kind.code}: {name} looks personal, which a notice never stores")
        if self.link and (not self.link.startswith("/") or self.link.startswith(("//", "/\\"))):
            raise ValueError(f"{self.kind.code}: a link is a path of this site")


_kinds: dict[str, NoticeKind] = {}


def register(kind: NoticeKind) -> NoticeKind:
    """Make ``kind`` known and return it. Raises ValueError when its code is taken or a channel is unknown."""
    if _kinds.setdefault(kind.code, kind) != kind:
        raise ValueError(f"two kinds of notice are called {kind.code}")
    if unknown := set(kind.channels) - set(Channel):
        raise ValueError(f"{kind.code}: unknown channel {', '.join(sorted(unknown))}")
    return kind


def find(code: str) -> NoticeKind | None:
    """The kind with this code, None when the room that declared it is no longer installed."""
    return _kinds.get(code)


def registered() -> tuple[NoticeKind, ...]:
    return tuple(_kinds.values())


CODE = register(
    NoticeKind(
        code="accounts.code",
        title=_("验证码"),
        body=_("您的验证码是{code},{minutes}分钟内有效。工作人员不会向您索要验证码。"),
        channels=(Channel.SMS,),
        important=True,
    )
)
"""The one notice with a secret in it: it is sealed while it waits and forgotten once it is sent."""

UNKNOWN = NoticeKind("", title=_("一条旧消息"), body=_("这条消息来自已停用的服务。"))
