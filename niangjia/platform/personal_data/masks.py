"""What is shown of personal data before somebody has asked, with a reason, to see the rest."""

from __future__ import annotations

import re

_STAR = "*"
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z-])[0-9]{7,}[Xx]?(?![0-9A-Za-z-])")


def mask_id_number(number: str) -> str:
    """``110101199001011234`` gives ``110101********1234``; other papers show their first and last two characters."""
    return _mask(number, 6, 4) if len(number) == 18 else _mask(number, 2, 2)


def mask_phone(phone: str) -> str:
    """``13812345678`` gives ``138****5678``."""
    return _mask(phone, 3, 4)


def mask_name(name: str) -> str:
    """``张三丰`` gives ``张**``; how long a long name is stays hidden."""
    return name[:1] + _STAR * min(len(name) - 1, 3) if len(name) > 1 else _STAR * len(name)


def mask_account(number: str) -> str:
    """A bank account shows its last four digits: ``**** 1234``."""
    return f"{_STAR * 4} {number[-4:]}" if len(number) >= 12 else _STAR * len(number)


def mask_in_text(text: str) -> str:
    """A text with every run of seven digits and more, such as a phone or ID number, masked. Codes stay readable."""
    return _LONG_NUMBER.sub(lambda found: _mask(found[0], 3, 2), text)


def _mask(text: str, head: int, tail: int) -> str:
    """Stars for all but ``head`` and ``tail`` characters; stars only where that would hide less than a third."""
    hidden = len(text) - head - tail
    if hidden * 3 < len(text):
        return _STAR * len(text)
    return text[:head] + _STAR * hidden + text[-tail:]
