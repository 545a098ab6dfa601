"""The numbers of member cards, and the signed text inside the QR code of a card. Works without database and network.

A code is ``NJ1.`` and 112 characters of base64url: a body of 20 bytes and its Ed25519 signature of 64.

===== ====================================================
bytes body, numbers with the highest byte first
===== ====================================================
1     format version, now 1
2     key id; ids only ever go up
8     the card number as an integer
5     the second of issue, since 1970 in UTC
4     nonce, so that two codes of one second differ
===== ====================================================

84 bytes fill 112 characters to the last bit: no bit of the text can change without changing what is signed. A code
holds no name and no right. It says which card is shown and when; who may have what is asked of the person behind it.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import struct
import unicodedata
from collections.abc import Callable, Container, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from niangjia.kernel.errors import DomainError, RuleBroken
from niangjia.kernel.ids import check_digit
from niangjia.kernel.text import Text, _

FORMAT = 1
PREFIX = "NJ1."

RENEWED_SECONDS = 30
"""A screen asks for a fresh code after so many seconds."""

ACCEPTED_SECONDS = 60
"""A code is accepted for so many seconds after its issue: a photo is worth nothing a minute later."""

TOLERANCE_SECONDS = 5
"""A verifier's clock may be behind the issuer's by so many seconds."""

LONGEST_LIST_AGE_HOURS = 24
"""A verifier without network does not judge by an older list of keys and revoked cards."""

SCHEME = "66"
"""Every card number begins with it."""

NUMBER_LENGTH = 16

_RANDOM_DIGITS = NUMBER_LENGTH - len(SCHEME) - 1
_BODY = struct.Struct(">BHQ5s4s")
_NONCE_BYTES, _SECOND_BYTES, _KEY_BYTES = 4, 5, 32
_SHAPE = re.compile(r"NJ1\.([A-Za-z0-9_-]{112})")
_LONGEST_INPUT = 64


# Card numbers


def new_card_number(below: Callable[[int], int] = secrets.randbelow) -> str:
    """A random number: 13 free digits, of which a city with a million cards uses one in ten million."""
    body = f"{SCHEME}{below(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}d}"
    return body + check_digit(body)


def card_number(value: object) -> str:
    """The 16 digits of a typed or scanned card number, blanks and hyphens between them or not.

    Raises RuleBroken CARD_NUMBER, beside the field ``card``, for anything else and for a wrong check digit.
    """
    folded = unicodedata.normalize("NFKC", value) if isinstance(value, str) and len(value) <= _LONGEST_INPUT else ""
    digits = re.sub(r"[\s-]", "", folded)
    if not _is_card_number(digits):
        sentence = _("卡号不对，请核对卡上的 16 位数字。")
        raise RuleBroken("CARD_NUMBER", sentence, fields={"card": [sentence]})
    return digits


def grouped(number: str) -> str:
    """The number as people read it: 4-4-4-4."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def _is_card_number(digits: str) -> bool:
    return (
        len(digits) == NUMBER_LENGTH
        and digits.isascii()
        and digits.isdigit()
        and digits.startswith(SCHEME)
        and check_digit(digits[:-1]) == digits[-1]
    )


# Codes


@dataclass(frozen=True)
class CardCode:
    """What a code says: which card (16 digits), shown when, by which key. ``nonce`` is in hexadecimal digits."""

    number: str
    issued_at: datetime
    nonce: str
    key_id: int


def sign(
    *, private_key: Ed25519PrivateKey, key_id: int, number: str, issued_at: datetime, nonce: bytes | None = None
) -> str:
    """The text of a fresh code. ``nonce`` is random when none is given. Raises RuleBroken CARD_NUMBER."""
    body = _BODY.pack(
        FORMAT,
        key_id,
        int(card_number(number)),
        int(issued_at.timestamp()).to_bytes(_SECOND_BYTES, "big"),
        secrets.token_bytes(_NONCE_BYTES) if nonce is None else nonce,
    )
    return PREFIX + base64.urlsafe_b64encode(body + private_key.sign(body)).decode()


def verify(text: object, *, public_keys: Mapping[int, bytes], revoked: Container[str], now: datetime) -> CardCode:
    """The code in ``text`` if it is genuine, of a card that stands, and fresh.

    ``public_keys`` are raw 32-byte keys by key id, ``revoked`` card numbers. Raises as :func:`read`,
    :func:`require_standing` and :func:`require_fresh`, in this order: that a card was replaced is worth more to the
    reader than that its picture is old.
    """
    code = read(text, public_keys=public_keys)
    require_standing(code, revoked)
    require_fresh(code, now)
    return code


def is_code(text: object) -> bool:
    """Whether ``text`` means to be a code, genuine or not, rather than a typed card number."""
    return isinstance(text, str) and text.strip().startswith(PREFIX)


def read(text: object, *, public_keys: Mapping[int, bytes]) -> CardCode:
    """The genuine code in ``text``, however old. Blanks and line ends around it, which scanners add, do not matter.

    Raises RuleBroken CARD_CODE_INVALID, and CARD_CODE_EXPIRED for a key that was in use before the known ones.
    """
    found = _SHAPE.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise _invalid()
    raw = base64.urlsafe_b64decode(found[1])
    body, signature = raw[: _BODY.size], raw[_BODY.size :]
    version, key_id, number, second, nonce = _BODY.unpack(body)
    if version != FORMAT:
        raise _invalid()
    try:
        _key(public_keys, key_id).verify(signature, body)
    except InvalidSignature:
        raise _invalid() from None
    issued_at = datetime.fromtimestamp(int.from_bytes(second, "big"), UTC)
    return CardCode(f"{number:0{NUMBER_LENGTH}d}", issued_at, nonce.hex(), key_id)


def require_standing(code: CardCode, revoked: Container[str]) -> None:
    """Raises RuleBroken CARD_CODE_REVOKED for a card that was reported lost, replaced or closed."""
    if code.number in revoked:
        raise _refused("CARD_CODE_REVOKED", _("这张卡已经挂失、换新或注销。请会员打开“卡”页面，出示现在的卡。"))


def require_fresh(code: CardCode, now: datetime) -> None:
    """Raises RuleBroken CARD_CODE_EXPIRED for a photo or an old screen, CARD_CODE_FUTURE when the clocks disagree."""
    age = now - code.issued_at
    if age > timedelta(seconds=ACCEPTED_SECONDS):
        raise _refused(
            "CARD_CODE_EXPIRED", _("这是照片或以前的屏幕，二维码已经过期。请让会员打开“卡”页面，出示新的二维码。")
        )
    if age < -timedelta(seconds=TOLERANCE_SECONDS):
        raise _refused("CARD_CODE_FUTURE", _("二维码的时间比这台设备快。请先校准设备的时间，再让会员刷新“卡”页面。"))


def _key(public_keys: Mapping[int, bytes], key_id: int) -> Ed25519PublicKey:
    raw = public_keys.get(key_id)
    if raw is not None:
        return Ed25519PublicKey.from_public_bytes(raw)
    if 0 < key_id < max(public_keys, default=0):
        raise _refused("CARD_CODE_EXPIRED", _("这个二维码用的是以前的密钥，已经过期。请让会员刷新“卡”页面再出示。"))
    raise _invalid()


def _invalid() -> DomainError:
    return _refused("CARD_CODE_INVALID", _("无法识别的凭证，请让会员打开“卡”页面，或输入卡号。"))


def _refused(code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={"card": [sentence]})


# What a verifier without network needs


@dataclass(frozen=True)
class TrustList:
    """Public keys by id and the numbers of revoked cards, as they stood at ``as_of``.

    Written as ``{"keys": {"1": "<base64url>"}, "revoked": ["66…"], "as_of": "2026-03-04T02:00:00+00:00"}``.
    """

    keys: Mapping[int, bytes]
    as_of: datetime
    revoked: Set[str] = field(default_factory=frozenset)

    @classmethod
    def from_json(cls, data: Any) -> TrustList:
        """From the parsed JSON form. Raises RuleBroken CARD_LIST_UNREADABLE when it is not of that form."""
        try:
            keys = {int(key_id): _raw_key(text) for key_id, text in data["keys"].items()}
            revoked = frozenset(card_number(number) for number in data["revoked"])
            as_of = datetime.fromisoformat(data["as_of"])
            return cls(keys, as_of.astimezone(UTC), revoked)
        except (TypeError, KeyError, ValueError, AttributeError, DomainError) as error:
            sentence = _("密钥文件读不出来，请重新下载。")
            raise RuleBroken("CARD_LIST_UNREADABLE", sentence) from error

    def as_json(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "keys": {str(key_id): encoded_key(raw) for key_id, raw in sorted(self.keys.items())},
            "revoked": sorted(self.revoked),
            "as_of": self.as_of.isoformat(),
        }

    def require_recent(self, now: datetime) -> None:
        """Raises RuleBroken CARD_LIST_OLD for a list of yesterday: since then cards may have been reported lost."""
        if now - self.as_of > timedelta(hours=LONGEST_LIST_AGE_HOURS):
            raise RuleBroken(
                "CARD_LIST_OLD", _("密钥文件超过 {hours} 小时，请联网更新后再核验。", hours=LONGEST_LIST_AGE_HOURS)
            )

    def verify(self, text: object, *, now: datetime) -> CardCode:
        """Judge a code by this list. Raises as :func:`verify` and :meth:`require_recent`."""
        self.require_recent(now)
        return verify(text, public_keys=self.keys, revoked=self.revoked, now=now)


def encoded_key(raw: bytes) -> str:
    """A public key in base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw_key(text: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if len(raw) != _KEY_BYTES:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return raw
