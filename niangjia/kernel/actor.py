"""Who acts: a member, a member of staff, the system, or nobody known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    ANONYMOUS = "anonymous"
    MEMBER = "member"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True)
class Grant:
    """A role at a node of the tree, reaching that node and all below it.

    ``path`` is the node's materialised path on the affiliation axis. ``deputy_for`` is the user who is stood in for.
    """

    role: str
    node_id: int
    path: str
    deputy_for: int | None = None

    def reaches(self, path: str) -> bool:
        """Whether a node with ``path`` is this node or lies below it."""
        return path.startswith(self.path)


@dataclass(frozen=True)
class Actor:
    """The one who acts, fixed for the length of a request or a job.

    ``user_id`` and ``person_id`` are database ids, ``name`` is what a timeline shows, ``trace`` joins the audit
    entries of one request, ``chosen_node_id`` is the node picked in the console's switcher.
    """

    kind: ActorKind
    name: str = ""
    user_id: int | None = None
    person_id: int | None = None
    session_id: int | None = None
    grants: tuple[Grant, ...] = ()
    chosen_node_id: int | None = None
    trace: str = ""
    address: str = ""

    @classmethod
    def system(cls, name: str, trace: str = "") -> Actor:
        """The system doing a named piece of work, such as ``"nightly expiry"``."""
        return cls(ActorKind.SYSTEM, name=name, trace=trace)

    @classmethod
    def anonymous(cls, trace: str = "", address: str = "") -> Actor:
        return cls(ActorKind.ANONYMOUS, trace=trace, address=address)

    @property
    def is_member(self) -> bool:
        return self.kind is ActorKind.MEMBER

    @property
    def is_staff(self) -> bool:
        return self.kind is ActorKind.STAFF

    @property
    def is_system(self) -> bool:
        return self.kind is ActorKind.SYSTEM

    def grants_of(self, *roles: str) -> tuple[Grant, ...]:
        """The grants that carry one of ``roles``; all grants when no role is named."""
        return tuple(grant for grant in self.grants if not roles or grant.role in roles)

    def holds(self, role: str, path: str) -> Grant | None:
        """The grant by which the actor has ``role`` at the node with ``path``, if any."""
        return next((grant for grant in self.grants_of(role) if grant.reaches(path)), None)
