"""The network address of who asks."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

_IPV6_NETWORK_BITS = 64


def client_address(request: HttpRequest) -> str:
    """The client's address, in one spelling; empty when it is not known (a Unix socket).

    ``settings.TRUSTED_PROXIES`` is the number of our own proxies in front. Each appends to X-Forwarded-For whom it
    heard from, so the client is that many entries from the end; what stands before was written by the client and is
    worth nothing. Without proxies the header is not read at all.
    """
    direct = _address(request.META.get("REMOTE_ADDR", ""))
    proxies = int(settings.TRUSTED_PROXIES)
    heard = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if not 0 < proxies <= len(heard):
        return str(direct or "")
    return str(_address(heard[-proxies]) or direct or "")


def network_of(address: str) -> str:
    """What a limit should count: an IPv4 address, or the /64 of an IPv6 one, all of which belong to one customer."""
    known = _address(address)
    if isinstance(known, IPv6Address):
        return str(IPv6Network((known, _IPV6_NETWORK_BITS), strict=False))
    return str(known or address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read ``1.2.3.4``, ``1.2.3.4:567``, ``[::1]:567``; an IPv4 address in IPv6 dress becomes plain."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        known = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (known.ipv4_mapped or known) if isinstance(known, IPv6Address) else known
