"""The networks from which staff may work."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from niangjia.platform.accounts import errors, policy_settings


def may_work_from(address: str) -> bool:
    """Whether staff may work from ``address``; always, when the installation names no networks."""
    networks = policy_settings.staff_networks()
    if not networks:
        return True
    try:
        place = ip_address(address)
    except ValueError:
        return False
    return any(place in ip_network(network, strict=False) for network in networks)


def require_staff_network(address: str) -> None:
    """Raises NotAllowed NETWORK_BARRED when staff may not work from ``address``."""
    if not may_work_from(address):
        raise errors.network_barred()
