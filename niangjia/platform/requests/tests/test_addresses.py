import pytest
from django.test import RequestFactory

from niangjia.platform.requests import client_address
from niangjia.platform.requests.addresses import network_of


def address(settings, proxies, direct, heard=None) -> str:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if heard is None else {"HTTP_X_FORWARDED_FOR": heard}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=direct, **headers))


@pytest.mark.parametrize(
    ("proxies", "direct", "heard", "found"),
    [
        (0, "203.0.113.7", None, "203.0.113.7"),
        (0, "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (1, "10.0.0.2", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.2", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.2", "6.6.6.6, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
        (2, "10.0.0.2", "10.0.0.3", "10.0.0.2"),
        (1, "10.0.0.2", None, "10.0.0.2"),
        (1, "10.0.0.2", "", "10.0.0.2"),
        (1, "10.0.0.2", "<script>", "10.0.0.2"),
        (1, "10.0.0.2", "6.6.6.6, unknown", "10.0.0.2"),
        (1, "10.0.0.2", "198.51.100.1:4711", "198.51.100.1"),
        (1, "10.0.0.2", "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "10.0.0.2", "2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        (0, "::ffff:203.0.113.7", None, "203.0.113.7"),
        (0, "fe80::1%eth0", None, "fe80::1"),
        (0, "", None, ""),
        (1, "", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_the_clients_address_is_what_our_own_proxies_say(settings, proxies, direct, heard, found):
    assert address(settings, proxies, direct, heard) == found


def test_a_rotating_header_does_not_change_the_address(settings):
    """A49."""
    found = {address(settings, 1, "10.0.0.2", f"6.6.6.{number}, 198.51.100.1") for number in range(50)}
    assert found == {"198.51.100.1"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2:3::4", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("198.51.100.1", "198.51.100.2", False),
        ("198.51.100.1", "::ffff:198.51.100.1", True),
    ],
)
def test_addresses_of_one_customer_are_counted_together(one, other, same):
    assert (network_of(one) == network_of(other)) is same


def test_what_is_no_address_is_counted_as_it_is():
    assert network_of("") == ""
    assert network_of("unix") == "unix"
