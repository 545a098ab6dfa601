"""What must hold for unions and offices, whoever asks. Pure: values in, refusals out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from niangjia.commons.unions.kinds import ALLOWED_PARENTS, DEEPEST, KIND_LABELS, UnionKind, may_stand_under
from niangjia.commons.unions.roles import ADMINS, APPOINTABLE, ROLE_LABELS, Role, excluded_by
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.text import Listed, Text, _

NAME_LENGTH = 200
SHORT_NAME_LENGTH = 60
_CODE = re.compile(r"[A-Z0-9]([A-Z0-9-]{0,30}[A-Z0-9])?")
_UNSEEN = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}
_FORMULA = "=+-@"


def broken(code: str, sentence: Text, field: str) -> RuleBroken:
    """A refusal whose sentence belongs beside ``field``."""
    return RuleBroken(code, sentence, fields={field: [sentence]})


def clean_name(value: str, *, field: str = "name", longest: int = NAME_LENGTH) -> str:
    """A name as it is kept: NFC, single blanks. Raises RuleBroken NAME_EMPTY, NAME_TOO_LONG, NAME_CHARACTERS."""
    name = " ".join(unicodedata.normalize("NFC", value).split())
    if any(unicodedata.category(character) in _UNSEEN for character in name) or set(name) & set("<>"):
        raise broken("NAME_CHARACTERS", _("名称里有看不见的字符或“<”“>”，请重新输入。"), field)
    if not name:
        raise broken("NAME_EMPTY", _("请填写名称。"), field)
    if name[0] in _FORMULA:
        raise broken("NAME_CHARACTERS", _("名称不能以“{mark}”开头。", mark=name[0]), field)
    if len(name) > longest:
        raise broken("NAME_TOO_LONG", _("名称最多 {n} 个字。", n=longest), field)
    return name


def name_taken(name: str) -> RuleBroken:
    """The refusal for a second open union of one name under one parent."""
    return broken("NAME_TWIN", _("同一上级下已有“{name}”。", name=name), "name")


def clean_code(value: str) -> str:
    """A union's code: capitals, digits and hyphens, 32 at most. Raises RuleBroken CODE_INVALID."""
    code = value.strip().upper()
    if not _CODE.fullmatch(code):
        raise broken("CODE_INVALID", _("工会代码由大写字母、数字和连字符组成，最多 32 位。"), "code")
    return code


def clean_area(value: str) -> str:
    """An area code of six or nine digits (twelve are shortened), or empty. Raises RuleBroken AREA_INVALID."""
    code = value.strip()
    if not code:
        return ""
    if not (code.isascii() and code.isdigit() and len(code) in (6, 9, 12)):
        raise broken("AREA_INVALID", _("行政区划代码是 6 位或 9 位数字。"), "area_code")
    return code[:6] if code[6:9] in ("", "000") else code[:9]


def known_kind(value: str) -> UnionKind:
    """Raises RuleBroken KIND_UNKNOWN."""
    if value not in set(UnionKind):
        raise broken("KIND_UNKNOWN", _("请选择工会类型。"), "kind")
    return UnionKind(value)


def require_place(kind: str, parent_kind: str) -> None:
    """The kinds fit on the line of affiliation. Raises RuleBroken PARENT_KIND."""
    if may_stand_under(kind, parent_kind):
        return
    fitting = sorted(ALLOWED_PARENTS[UnionKind(kind)], key=list(UnionKind).index)
    raise broken(
        "PARENT_KIND",
        _(
            "“{kind}”不能隶属于“{parent}”，可以隶属于：{fitting}。",
            kind=KIND_LABELS[UnionKind(kind)],
            parent=KIND_LABELS[UnionKind(parent_kind)],
            fitting=Listed(tuple(KIND_LABELS[fit] for fit in fitting)),
        ),
        "parent",
    )


def require_no_cycle(union_id: int, target_paths: Sequence[str]) -> None:
    """None of the target's lines, now or later, leads through the union itself. Raises RuleBroken CYCLE."""
    if any(f".{union_id}." in f".{path}" for path in target_paths):
        raise broken("CYCLE", _("不能移到自身或下级。"), "parent")


def require_depth(deepest: int) -> None:
    """At most ten levels. Raises RuleBroken TOO_DEEP."""
    if deepest > DEEPEST:
        raise broken("TOO_DEEP", _("组织层级最多 {n} 级，这样会超过。", n=DEEPEST), "parent")


def require_founded(founded_on: date, day: date, field: str) -> None:
    """Nothing happens to or under a union before its founding. Raises RuleBroken BEFORE_FOUNDING."""
    if day < founded_on:
        raise broken("BEFORE_FOUNDING", _("日期不能早于工会成立日（{day}）。", day=founded_on.isoformat()), field)


def require_not_future(founded_on: date, today: date) -> None:
    """A union exists once it is founded, not before. Raises RuleBroken FOUNDED_LATER."""
    if founded_on > today:
        raise broken("FOUNDED_LATER", _("成立日期不能晚于今天。"), "founded_on")


def require_one_parent_from(day: date, parents: Sequence[tuple[date, int | None]]) -> None:
    """From ``day`` on no other move is recorded. ``parents`` are (from, parent) on and after that day.

    Raises Conflict LATER_MOVE.
    """
    first = parents[0][1] if parents else None
    later = next((start for start, parent in parents if parent != first and start > day), None)
    if later is not None:
        raise Conflict(
            "LATER_MOVE", _("这个工会在 {day} 还有一次隶属变更，请先撤销那一次再操作。", day=later.isoformat())
        )


def require_revision(present: int, seen: int | None) -> None:
    """What the actor saw is still so. ``seen`` None asks nothing. Raises Conflict STALE."""
    if seen is not None and seen != present:
        raise Conflict("STALE", _("内容已被别人改过，请刷新页面后再操作。"))


def known_role(value: str) -> Role:
    """A role that one can be appointed to. Raises RuleBroken ROLE_UNKNOWN."""
    if value not in APPOINTABLE:
        raise broken("ROLE_UNKNOWN", _("请选择职务。"), "role")
    return Role(value)


def require_compatible(role: Role, held: Sequence[str]) -> None:
    """``role`` may be held beside ``held``. Raises RuleBroken ROLES_EXCLUDE."""
    clash = sorted(excluded_by(role) & set(held))
    if not clash:
        return
    why = _("三员分立") if role in ADMINS else _("经办与复核分离")
    raise broken(
        "ROLES_EXCLUDE",
        _(
            "同一人不能同时担任“{role}”和“{other}”({why})。",
            role=ROLE_LABELS[role],
            other=ROLE_LABELS[Role(clash[0])],
            why=why,
        ),
        "role",
    )
