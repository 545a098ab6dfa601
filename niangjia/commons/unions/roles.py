"""The roles a user can be appointed to, and which exclude each other. Pure."""

from __future__ import annotations

from enum import StrEnum
from itertools import combinations

from niangjia.kernel.text import Text, _


class Role(StrEnum):
    MEMBER = "member"
    SITE_KEEPER = "site_keeper"
    STALL_OFFICER = "stall_officer"
    UNION_OFFICER = "union_officer"
    REVIEWER = "reviewer"
    AGENCY_CLERK = "agency_clerk"
    FINANCE_PREPARER = "finance_preparer"
    FINANCE_RELEASER = "finance_releaser"
    MEDIATOR = "mediator"
    HOTLINE_OPERATOR = "hotline_operator"
    EMPLOYER_AGENT = "employer_agent"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


ROLE_LABELS: dict[Role, Text] = {
    Role.MEMBER: _("会员"),
    Role.SITE_KEEPER: _("站点管理员"),
    Role.STALL_OFFICER: _("现场入会工作人员"),
    Role.UNION_OFFICER: _("工会干部"),
    Role.REVIEWER: _("审核员"),
    Role.AGENCY_CLERK: _("代办员"),
    Role.FINANCE_PREPARER: _("资金经办"),
    Role.FINANCE_RELEASER: _("资金复核"),
    Role.MEDIATOR: _("调解员"),
    Role.HOTLINE_OPERATOR: _("热线话务员"),
    Role.EMPLOYER_AGENT: _("单位经办人"),
    Role.SYSTEM_ADMIN: _("系统管理员"),
    Role.SECURITY_ADMIN: _("安全管理员"),
    Role.AUDIT_ADMIN: _("审计管理员"),
}

ADMINS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
FINANCE = frozenset({Role.FINANCE_PREPARER, Role.FINANCE_RELEASER})
APPOINTABLE = frozenset(Role) - {Role.MEMBER}
"""Everybody who joins is a member; nobody is appointed one."""

EXCLUDED_PAIRS: frozenset[frozenset[Role]] = frozenset(
    frozenset(pair) for group in (FINANCE, ADMINS) for pair in combinations(sorted(group), 2)
)
"""Pairs that one user never holds at the same time, at whatever unions, as deputy neither. That a reviewer does not
decide on an own or a relative's matter depends on the matter and is a policy of the room."""


def excluded_by(role: str) -> frozenset[Role]:
    """The roles that a holder of ``role`` may not hold beside it."""
    return frozenset(other for pair in EXCLUDED_PAIRS if role in pair for other in pair if other != role)
