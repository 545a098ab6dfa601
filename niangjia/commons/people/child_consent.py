"""What a guardian agrees to before a child is entered in a household, published with the tables.

It is asked for by itself: nothing else that the guardian agrees to stands for it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from niangjia.commons.people import rules
from niangjia.commons.people.models import Person
from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.platform.personal_data import consents

CODE = "people.child"
VERSION = "2026-1"
SINCE = clock.moment(date(2021, 1, 1))
BODIES = {
    "zh-hans": (
        "您登记的家庭成员未满 14 周岁。工会需要使用孩子的姓名、证件号码、出生日期和与您的关系。\n\n"
        "用途：办理以家庭为单位的服务，例如子女托管、困难帮扶。不用于其他用途。\n\n"
        "谁能看到：只有办理这些服务的工会工作人员，每次查看都有记录。\n\n"
        "您可以随时更正、撤回同意，撤回后我们不再使用孩子的信息。"
    ),
    "en": (
        "The member of the family you are entering is under 14. The union uses the child's name, identity number,"
        " date of birth and relation to you.\n\n"
        "What for: services for families, such as day care or relief in hardship. For nothing else.\n\n"
        "Who sees it: only union staff who handle these services; every look is recorded.\n\n"
        "You may correct it or withdraw this consent at any time; we then no longer use the child's data."
    ),
}


def publish(**_signal: Any) -> None:
    """Publish the text in force; again changes nothing. Connected to the end of migrating."""
    consents.publish(CODE, VERSION, BODIES, since=SINCE)


def require(person: Person) -> None:
    """Raises RuleBroken GUARDIAN_CONSENT_NEEDED for a child under fourteen whose guardian has not agreed."""
    if not rules.needs_guardian(person.birth_date, clock.today()):
        return
    if not consents.holds_by_guardian(CODE, person.public_id):
        sentence = _("孩子未满 14 周岁，请先请监护人阅读并同意，再登记。")
        raise rules.broken("GUARDIAN_CONSENT_NEEDED", sentence, "guardian_name")
