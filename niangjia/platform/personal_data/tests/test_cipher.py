import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from niangjia.platform.personal_data import cipher
from niangjia.platform.personal_data.cipher import CIPHERS, KeyMissing, Ring, Tampered

MASTER, OTHER = b"a master key of this installation", b"another master key, newer than it"
PLACE = "people.person.phone.0000000000000000000000aa"
rings = pytest.mark.parametrize("ring", [Ring(suite, (MASTER,)) for suite in CIPHERS.values()], ids=list(CIPHERS))


@rings
@given(plain=st.binary(max_size=300), place=st.text(max_size=40))
def test_what_is_sealed_opens_in_its_place(ring, plain, place):
    assert ring.open(ring.seal(plain, place), place) == plain


@rings
def test_the_same_text_never_looks_the_same(ring):
    assert len({ring.seal(b"13812345678", PLACE) for _time in range(50)}) == 50


@rings
def test_a_value_opens_in_no_other_place(ring):
    with pytest.raises(Tampered):
        ring.open(ring.seal(b"13812345678", PLACE), PLACE.replace("aa", "ab"))


@rings
def test_every_changed_byte_is_found(ring):
    sealed = ring.seal(b"13812345678", PLACE)
    for position in range(len(sealed)):
        changed = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        with pytest.raises((Tampered, KeyMissing)):
            ring.open(changed, PLACE)


@rings
def test_a_value_cut_short_is_found(ring):
    sealed = ring.seal(b"13812345678", PLACE)
    for length in range(len(sealed)):
        with pytest.raises((Tampered, KeyMissing)):
            ring.open(sealed[:length], PLACE)


@rings
def test_without_the_master_key_nothing_opens(ring):
    with pytest.raises(KeyMissing):
        Ring(ring.cipher, (OTHER,)).open(ring.seal(b"13812345678", PLACE), PLACE)


def test_an_old_master_key_still_opens_and_the_new_one_seals():
    old = Ring(CIPHERS["aes-gcm"], (MASTER,)).seal(b"13812345678", PLACE)
    both = Ring(CIPHERS["aes-gcm"], (OTHER, MASTER))
    assert both.open(old, PLACE) == b"13812345678"
    assert not both.is_current(old)
    assert both.is_current(both.seal(b"13812345678", PLACE))


def test_a_value_of_the_other_cipher_still_opens_after_the_change():
    old = Ring(CIPHERS["aes-gcm"], (MASTER,)).seal(b"13812345678", PLACE)
    changed = Ring(CIPHERS["sm4-gcm"], (MASTER,))
    assert changed.open(old, PLACE) == b"13812345678"
    assert not changed.is_current(old)


def test_sm4_is_sm4():
    """GB/T 32907, example 1, by way of GCM's hash key: the first block of the key stream is one SM4 encryption."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce = bytes(cipher.NONCE_BYTES)
    block = Cipher(algorithms.SM4(key), modes.ECB()).encryptor().update(nonce + (2).to_bytes(4, "big"))
    assert CIPHERS["sm4-gcm"].seal(key, nonce, bytes(16), b"")[:16] == block
    example = Cipher(algorithms.SM4(key), modes.ECB()).encryptor().update(key)
    assert example.hex() == "681edf34d206965e86b3e94f536e4246"


def test_keys_of_different_purposes_differ():
    assert len({cipher.derive(MASTER, purpose) for purpose in ("field/1", "field/2", "key-id", "blind-index/a/1")}) == 4


def test_the_settings_choose_cipher_and_keys(settings):
    settings.CIPHER, settings.MASTER_KEY, settings.OLD_MASTER_KEYS = "sm4-gcm", "n" * 40, ["o" * 40, " "]
    assert cipher.ring().cipher is CIPHERS["sm4-gcm"]
    assert cipher.ring().masters == (b"n" * 40, b"o" * 40)


def test_old_keys_may_come_from_the_environment(settings, monkeypatch):
    del settings.OLD_MASTER_KEYS
    monkeypatch.setenv("NIANGJIA_OLD_MASTER_KEYS", "first-old , second-old")
    assert cipher.old_master_keys() == ("first-old", "second-old")


@pytest.mark.parametrize(("name", "value"), [("CIPHER", "rot13"), ("MASTER_KEY", "")])
def test_an_unknown_cipher_or_a_missing_key_is_said_at_once(settings, name, value):
    setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured):
        cipher.ring()
