"""The kinds of sessions and the purposes of codes."""

from __future__ import annotations

from enum import StrEnum


class SessionKind(StrEnum):
    """A member's session never reaches the console; a staff session holds nothing as a member."""

    MEMBER = "member"
    STAFF = "staff"


class CodePurpose(StrEnum):
    """What a code by SMS was asked for; it proves nothing for another purpose. Rooms add words of their own."""

    SIGN_IN = "sign_in"
    STEP_UP = "step_up"
    NEW_PHONE = "new_phone"
