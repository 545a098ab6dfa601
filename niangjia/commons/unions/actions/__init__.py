"""The acts on unions, offices and employers; each checks the right, then the rule, then writes and records."""

from niangjia.commons.unions.actions.appointments import appoint, end_appointment
from niangjia.commons.unions.actions.employers import (
    NewEmployer,
    link_employer,
    register_employer,
    register_employers,
)
from niangjia.commons.unions.actions.founding import NewUnion, found_union, found_unions
from niangjia.commons.unions.actions.tree import cancel_move, close_union, move_union, rename_union

__all__ = [
    "NewEmployer",
    "NewUnion",
    "appoint",
    "cancel_move",
    "close_union",
    "end_appointment",
    "found_union",
    "found_unions",
    "link_employer",
    "move_union",
    "register_employer",
    "register_employers",
    "rename_union",
]
