"""Requests that may be repeated and requests that must be limited: idempotency keys and exact counters."""
