"""What other apps may hear from here."""

from django.dispatch import Signal

erasing = Signal()
"""Sent inside the transaction of an erasure with ``subject_key``, ``actor`` and ``reason``, before the key goes.

A receiver empties its readable columns (name, birth date …), or raises Conflict when something still needs the person,
such as an open claim or a legal hold: then nothing is erased.
"""
