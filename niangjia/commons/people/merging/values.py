"""Which of two values stays: name and number, phone and account, category. Written, and put back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from niangjia.commons.people.merging.states import Entry
from niangjia.commons.people.models import Person
from niangjia.commons.people.rules import broken
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts import users
from niangjia.platform.accounts.models import User

IDENTITY = ("name", "name_key", "name_initials", "name_tail_index", "sex", "birth_date", "id_kind", "id_number",
            "id_index")  # fmt: skip
PHONE = ("phone", "phone_index")
GROUPS: Mapping[str, tuple[str, ...]] = {"identity": IDENTITY, "phone": PHONE, "category": ("category",)}
"""Values that belong together."""

GROUP_LABELS: dict[str, Text] = {
    "identity": _("姓名和证件号码"),
    "phone": _("手机号和登录账号"),
    "category": _("职业类别"),
    "membership": _("会籍和会员卡"),
}


def chosen(said: Mapping[str, str]) -> dict[str, str]:
    """The entry for each group, that which is kept where nothing was said. Raises RuleBroken MERGE_CHOICE."""
    found = {group: said.get(group) or Entry.KEPT.value for group in GROUP_LABELS}
    for group, entry in found.items():
        if entry not in set(Entry):
            raise broken("MERGE_CHOICE", _("请选择用哪一条登记的信息。"), group)
    return found


def defaults(kept: Person, merged: Person) -> dict[str, str]:
    """The entry that has something where the other has nothing."""
    empty = {"identity": not kept.id_index and merged.id_index, "phone": not kept.phone_index and merged.phone_index}
    return {group: (Entry.MERGED if empty.get(group) else Entry.KEPT).value for group in GROUP_LABELS}


def account_refusal(kept: Person, merged: Person, choices: Mapping[str, str]) -> Text | None:
    """An account that also opens the console is not closed by the way."""
    closing = _closing_account(kept, merged, choices)
    if closing is not None and User.objects.filter(pk=closing, sign_in_name__isnull=False).exists():
        return _("不保留的账号也用于工作台。请选择保留那个账号的手机号，或先请系统管理员停用工作台账号。")
    return None


def accounts_of(kept: Person, merged: Person, choices: Mapping[str, str]) -> dict[str, Any]:
    """Whose account is whose, and which one is closed."""
    closing = _closing_account(kept, merged, choices)
    return {"kept": kept.user_id, "merged": merged.user_id, "closed": closing}


def write(
    kept: Person, merged: Person, choices: Mapping[str, str], accounts: Mapping[str, Any], *, actor: Actor
) -> str:
    """Write the chosen values and the account to ``kept``; what stood before.

    ``merged`` must have become an entry that goes away before: numbers and accounts are unique among the others.
    """
    taken = [columns for group, columns in GROUPS.items() if choices[group] == Entry.MERGED]
    names = [name for columns in taken for name in columns]
    before = {name: _plain(getattr(kept, name)) for name in names}
    for name in names:
        setattr(kept, name, getattr(merged, name))
    kept.user_id = expected_account(accounts)
    kept.save(update_fields=[*names, "user"])
    if accounts["closed"]:
        users.disable(User.objects.get(pk=accounts["closed"]), actor=actor, reason="merged entry")
    return json.dumps(before, ensure_ascii=False) if before else ""


def put_back(kept: Person, merged: Person, before: str, accounts: Mapping[str, Any], *, actor: Actor) -> None:
    """Give ``kept`` what stood before, where it still has what the merge wrote, and both their accounts."""
    old: dict[str, Any] = json.loads(before) if before else {}
    names = [name for columns in GROUPS.values() if columns[0] in old and _same(kept, merged, columns)
             for name in columns]  # fmt: skip
    for name in names:
        setattr(kept, name, _value(name, old[name]))
    kept.user_id = accounts["kept"]
    kept.save(update_fields=[*names, "user"])
    merged.user_id = accounts["merged"]
    if accounts["closed"]:
        users.enable(User.objects.get(pk=accounts["closed"]), actor=actor, reason="merge undone")


def expected_account(accounts: Mapping[str, Any]) -> int | None:
    """Whose account the remaining entry was given."""
    both = [accounts["kept"], accounts["merged"]]
    return next((one for one in both if one and one != accounts["closed"]), None)


def _closing_account(kept: Person, merged: Person, choices: Mapping[str, str]) -> int | None:
    if kept.user_id is None or merged.user_id is None:
        return None
    return kept.user_id if choices["phone"] == Entry.MERGED else merged.user_id


def _same(kept: Person, merged: Person, columns: tuple[str, ...]) -> bool:
    return all(getattr(kept, name) == getattr(merged, name) for name in columns)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _value(name: str, text: str) -> Any:
    if name == "birth_date":
        return date.fromisoformat(text) if text else None
    return text
