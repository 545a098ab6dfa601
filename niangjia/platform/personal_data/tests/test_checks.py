import pytest

from niangjia.platform.personal_data.checks import keys_are_real

GOOD = "c1f4a9d07be2538640a7f3d15e9b2c886f0d4a7e3b5c91f2"


def found(settings, **changes) -> list[str]:
    for name, value in {"PRODUCTION": True, "MASTER_KEY": GOOD, "OLD_MASTER_KEYS": [], **changes}.items():
        setattr(settings, name, value)
    return [message.id for message in keys_are_real()]


def test_a_long_random_key_passes(settings):
    assert found(settings) == []


@pytest.mark.parametrize("key", ["", "short", "0" * 64, GOOD[:31]])
def test_production_does_not_start_with_a_weak_key(settings, key):
    assert found(settings, MASTER_KEY=key) == ["personal_data.E004"]
    assert found(settings, MASTER_KEY=key, PRODUCTION=False) == []


def test_an_old_key_must_be_strong_too(settings):
    assert found(settings, OLD_MASTER_KEYS=["0" * 64]) == ["personal_data.E004"]


def test_an_unknown_cipher_is_found(settings):
    assert found(settings, CIPHER="rot13") == ["personal_data.E003"]
