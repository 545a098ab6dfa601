"""Requests that may be repeated and requests that must be limited: idempotency keys and exact counters."""

from niangjia.platform.requests.addresses import client_address

__all__ = ["client_address"]
