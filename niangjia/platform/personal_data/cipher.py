"""Ciphers and keys. A sealed value is bytes that name their cipher and key, open only in the place they were made for,
and show every change.

Layout: 1 byte cipher · 4 bytes key id · 12 bytes nonce · ciphertext with its tag of 16 bytes. The place, such as
``people.person.phone.<public id>``, is the associated data: a value copied to another row or column does not open.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES = 12
TAG_BYTES = 16
KEY_ID_BYTES = 4
_HEAD = 1 + KEY_ID_BYTES


class Tampered(Exception):
    """A stored value was changed, moved to another row, or sealed with other keys."""


class KeyMissing(Exception):
    """The master key that sealed a value is not configured (NIANGJIA_OLD_MASTER_KEYS)."""


class Cipher(Protocol):
    """An authenticated cipher."""

    code: int
    key_bytes: int

    def seal(self, key: bytes, nonce: bytes, plain: bytes, place: bytes) -> bytes:
        """Ciphertext followed by the tag."""

    def open(self, key: bytes, nonce: bytes, sealed: bytes, place: bytes) -> bytes:
        """The plain bytes; raises InvalidTag."""


class AesGcm:
    """AES-256-GCM."""

    code = 1
    key_bytes = 32

    def seal(self, key: bytes, nonce: bytes, plain: bytes, place: bytes) -> bytes:
        return AESGCM(key).encrypt(nonce, plain, place)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, place: bytes) -> bytes:
        return AESGCM(key).decrypt(nonce, sealed, place)


class Sm4Gcm:
    """SM4-GCM (GM/T 0002), for installations under the cryptography review GB/T 39786."""

    code = 2
    key_bytes = 16

    def seal(self, key: bytes, nonce: bytes, plain: bytes, place: bytes) -> bytes:
        encryptor = BlockCipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(place)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def open(self, key: bytes, nonce: bytes, sealed: bytes, place: bytes) -> bytes:
        text, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        decryptor = BlockCipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(place)
        return decryptor.update(text) + decryptor.finalize()


CIPHERS: Mapping[str, Cipher] = {"aes-gcm": AesGcm(), "sm4-gcm": Sm4Gcm()}
_BY_CODE = {cipher.code: cipher for cipher in CIPHERS.values()}


@dataclass(frozen=True)
class Ring:
    """The keys derived from the configured master keys: the first seals, all of them open."""

    cipher: Cipher
    masters: tuple[bytes, ...]

    @property
    def current_id(self) -> bytes:
        return _key_id(self.masters[0])

    def seal(self, plain: bytes, place: str) -> bytes:
        key = _field_key(self.masters[0], self.cipher.code, self.cipher.key_bytes)
        return seal_with(self.cipher, key, self.current_id, plain, place)

    def open(self, sealed: bytes, place: str) -> bytes:
        """Raises Tampered, KeyMissing."""
        cipher = _cipher_of(sealed)
        master = next((master for master in self.masters if _key_id(master) == key_id_of(sealed)), None)
        if master is None:
            raise KeyMissing(f"no master key {key_id_of(sealed).hex()} for {place}")
        return open_with(_field_key(master, cipher.code, cipher.key_bytes), sealed, place)

    def is_current(self, sealed: bytes) -> bool:
        """Whether ``sealed`` was made with today's cipher and master key, or must be sealed anew in a rotation."""
        return sealed[0] == self.cipher.code and key_id_of(sealed) == self.current_id


def ring() -> Ring:
    """The keys of this installation."""
    return _ring(settings.CIPHER, settings.MASTER_KEY, old_master_keys())


def old_master_keys() -> tuple[str, ...]:
    """Earlier master keys, newest first, still needed for reading until all values are sealed anew."""
    configured = getattr(settings, "OLD_MASTER_KEYS", None)
    if configured is None:
        configured = os.environ.get("NIANGJIA_OLD_MASTER_KEYS", "").split(",")
    return tuple(key.strip() for key in configured if key.strip())


@lru_cache(maxsize=8)
def _ring(cipher: str, master: str, old: tuple[str, ...]) -> Ring:
    if cipher not in CIPHERS:
        raise ImproperlyConfigured(f"NIANGJIA_CIPHER is {cipher!r}; it must be one of {', '.join(CIPHERS)}")
    if not master:
        raise ImproperlyConfigured("NIANGJIA_MASTER_KEY is not set")
    return Ring(CIPHERS[cipher], tuple(key.encode() for key in (master, *old)))


def seal_with(cipher: Cipher, key: bytes, key_id: bytes, plain: bytes, place: str) -> bytes:
    """Seal ``plain`` with a given key under a fresh random nonce."""
    nonce = os.urandom(NONCE_BYTES)
    return bytes([cipher.code]) + key_id + nonce + cipher.seal(key, nonce, plain, place.encode())


def open_with(key: bytes, sealed: bytes, place: str) -> bytes:
    """Open ``sealed`` with a given key; raises Tampered."""
    cipher = _cipher_of(sealed)
    nonce, text = sealed[_HEAD : _HEAD + NONCE_BYTES], sealed[_HEAD + NONCE_BYTES :]
    try:
        return cipher.open(key[: cipher.key_bytes], nonce, text, place.encode())
    except InvalidTag:
        raise Tampered(place) from None


def key_id_of(sealed: bytes) -> bytes:
    return sealed[1:_HEAD]


def _cipher_of(sealed: bytes) -> Cipher:
    cipher = _BY_CODE.get(sealed[0]) if len(sealed) >= _HEAD + NONCE_BYTES + TAG_BYTES else None
    if cipher is None:
        raise Tampered("not a sealed value")
    return cipher


def derive(master: bytes, purpose: str, length: int = 32) -> bytes:
    """A key for one purpose (HKDF-SHA-256); keys of different purposes tell nothing about each other."""
    return HKDF(SHA256(), length, None, f"niangjia/{purpose}".encode()).derive(master)


@lru_cache(maxsize=32)
def _field_key(master: bytes, cipher: int, length: int) -> bytes:
    return derive(master, f"field/{cipher}", length)


@lru_cache(maxsize=16)
def _key_id(master: bytes) -> bytes:
    return derive(master, "key-id", KEY_ID_BYTES)
