"""Secrets that prove something later: session tokens, codes, bindings. Only their hashes are stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings

TOKEN_LENGTH = 43
CODE_LENGTH = 6


def new_token() -> str:
    """A fresh token of 256 random bits, 43 URL-safe letters."""
    return secrets.token_urlsafe(32)


def is_well_formed(token: str) -> bool:
    """Whether ``token`` can be one of ours; what cannot never reaches the database."""
    return len(token) == TOKEN_LENGTH and token.isascii() and token.replace("-", "").replace("_", "").isalnum()


def token_hash(token: str) -> str:
    """What is stored of a token: SHA-256 in hex. Enough, because the token is random and long."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}d}"


def code_hash(*, salt: str, code: str) -> str:
    """What is stored of a code: HMAC-SHA-256 under the secret key, for a million codes are quickly tried."""
    key = f"niangjia.accounts.code:{settings.SECRET_KEY}".encode()
    return hmac.new(key, f"{salt}:{code}".encode(), hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Whether two ASCII strings are equal, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))
