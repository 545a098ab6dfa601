"""What happens to unions, for floors above to hear in the same transaction.

A receiver of ``union_moving`` or ``union_closing`` may refuse by raising a DomainError: the act then does not happen.
"""

from __future__ import annotations

from django.dispatch import Signal

union_moving = Signal()
"""Before a move. Arguments: ``union`` (Union), ``parent`` (Union), ``day`` (date), ``axis`` (str)."""

union_closing = Signal()
"""Before a closing. Arguments: ``union`` (Union), ``day`` (date)."""

tree_changed = Signal()
"""After changes. Argument: ``changes`` (list of TreeChange, saved)."""
