"""What happens to people, for floors above to hear in the same transaction.

A receiver may refuse by raising a DomainError: then nothing has happened.
"""

from __future__ import annotations

from django.dispatch import Signal

member_joined = Signal()
"""Somebody became a member. Arguments: ``membership`` (Membership), ``actor`` (Actor)."""

membership_ended = Signal()
"""A membership ended. Arguments: ``membership`` (Membership), ``actor`` (Actor)."""

membership_restoring = Signal()
"""``membership``, ``actor``: an ending is about to be undone, nothing of the person is locked yet. Whoever must lock a
case of their own does it now, for cases come before persons (docs/concurrency.md)."""

membership_restored = Signal()
"""An ending was undone: the membership lasts as if it had never ended. Arguments: ``membership`` (Membership),
``ended_by`` (the event that is undone), ``actor`` (Actor)."""

members_joined = Signal()
"""Many became members by one act, for whom ``member_joined`` is not sent one by one. Who hears one hears the other.
Arguments: ``admitted`` (bulk.Admitted: the memberships by query, and their number), ``actor`` (Actor)."""

entries_joining = Signal()
"""Two entries are about to become one, nothing of either is locked yet. Whoever must close a case of their own that one
human being cannot have twice does it now, for cases come before persons (docs/concurrency.md). Arguments: ``kept``,
``merged`` (Person), ``remains`` (Person: the one of the two whose membership stays), ``actor`` (Actor)."""

entries_joined = Signal()
"""Two entries of one human being became one. Arguments: ``kept``, ``merged`` (Person), ``actor`` (Actor)."""

account_linked = Signal()
"""Somebody who had signed in anew turned out to be a registered person. Arguments: ``person`` (Person),
``user_id`` (the account they had signed in with anew), ``actor`` (Actor)."""

account_closing = Signal()
"""The week is over and an account is about to be closed for its owner, nothing of account or person is locked yet.
Whoever has an open case of somebody who is no registered person yet ends it now. Arguments: ``user_id``, ``erase``
(bool: what is known of them goes too), ``actor`` (Actor)."""

consent_withdrawn = Signal()
"""Somebody took a consent back. Arguments: ``code`` (the purpose), ``subject_key``, ``actor`` (Actor)."""

merge_dropped = Signal()
"""A merge that was proposed was refused or taken back. Arguments as of ``entries_joined``."""

entries_parted = Signal()
"""A merge was undone: two entries are two again. Arguments as of ``entries_joined``."""
