"""What a guardian agrees to when asking to act for somebody: another text for each age of the ward.

Only under fourteen does the guardian's consent stand for the ward's (PIPL 31). From fourteen on the guardian acts as
legal representative, or by appointment, and must follow the ward's own wishes (Civil Code 23, 28, 34, 35).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from niangjia.commons.people import child_consent
from niangjia.commons.people.guardians.rules import of_age_on
from niangjia.commons.people.rules import needs_guardian
from niangjia.kernel import clock
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data import consents

MINOR, ADULT = "people.ward_minor", "people.ward_adult"
MINOR_VERSION, ADULT_VERSION = "2026-minor-1", "2026-adult-1"


class Stage(StrEnum):
    """How old the ward is, as far as the text depends on it."""

    CHILD = "child"
    MINOR = "minor"
    ADULT = "adult"


CODES = {Stage.CHILD: child_consent.CODE, Stage.MINOR: MINOR, Stage.ADULT: ADULT}
STAGE_LABELS: dict[Stage, Text] = {
    Stage.CHILD: _("未满 14 周岁的孩子"),
    Stage.MINOR: _("14 到 17 周岁的孩子"),
    Stage.ADULT: _("成年人"),
}
STAGE_HINTS: dict[Stage, Text] = {
    Stage.CHILD: _("您替孩子同意和办理"),
    Stage.MINOR: _("您代理孩子办理，要尊重孩子的意愿"),
    Stage.ADULT: _("法院、居委会、村委会或民政部门指定您监护的"),
}

_MINOR_BODIES = {
    "zh-hans": (
        "您申请登记监护的孩子已满 14 周岁、未满 18 周岁。工会需要使用孩子的姓名、证件号码、"
        "出生日期，以及您上传的证明材料。\n\n"
        "您的身份：您是孩子的法定代理人（《民法典》第二十三条、第三十四条）。办理时要按最有利于孩子的原则，"
        "并尊重孩子的真实意愿（第三十五条）。请先告诉孩子，再提交。\n\n"
        "孩子本人：用自己的手机登录，可以看到谁是监护人、谁看过自己的信息，也可以自己更正。"
        "满 16 周岁、以自己的劳动收入为主要生活来源的，由孩子本人办理（第十八条）。\n\n"
        "用途：替孩子查看、更正信息和办理以家庭为单位的服务。不用于其他用途。\n\n"
        "谁能看到：只有办理这些服务的工会工作人员，每次查看都有记录。\n\n"
        "您可以随时撤回同意或结束监护登记；孩子满 18 周岁当天自动结束。"
    ),
    "en": (
        "The child whose guardian you ask to be is 14 to 17 years old. The union uses the child's name, identity "
        "number and date of birth, and the papers you upload.\n\n"
        "You act as the child's legal representative (Civil Code, articles 23 and 34), in the child's best "
        "interest and respecting the child's own wishes (article 35). Please tell the child before you submit.\n\n"
        "The child, signed in on a phone of their own, sees who the guardian is and who looked at their data, and "
        "may correct it. Who is 16 and lives mainly on their own earnings acts for themselves (article 18).\n\n"
        "What for: seeing and correcting the child's data and services for families. For nothing else.\n\n"
        "Who sees it: only union staff who handle these services; every look is recorded.\n\n"
        "You may withdraw this consent or end the guardianship at any time; it ends by itself on the 18th "
        "birthday."
    ),
}
_ADULT_BODIES = {
    "zh-hans": (
        "您申请登记监护的是成年人，依据是法院判决或者居委会、村委会、民政部门指定监护的文书"
        "（《民法典》第二十四条、第二十八条、第三十一条）。工会需要使用他的姓名、证件号码、出生日期，以及指定文书的照片。"
        "不收集病历和诊断。\n\n"
        "您的职责：最大程度地尊重他的真实意愿，保障并协助他办理与他的智力、精神健康状况相适应的事；"
        "他能独立处理的事，您不干涉（第三十五条）。\n\n"
        "他本人：可以看到谁是监护人、谁看过自己的信息，对监护有异议的，可以打 12351 或者向法院申请。\n\n"
        "用途：替他查看、更正信息和办理工会服务。不用于其他用途。\n\n"
        "谁能看到：只有办理这些服务的工会工作人员，每次查看都有记录。\n\n"
        "这项登记没有自动结束的日子。他恢复行为能力或者监护终止的（第三十九条），请马上在这里结束；您也可以随时撤回同意。"
    ),
    "en": (
        "The ward you name is an adult; you act by a judgment or by the appointment of a residents' or villagers' "
        "committee or civil affairs department (Civil Code, articles 24, 28 and 31). The union uses the ward's "
        "name, identity number and date of birth, and a photo of the appointment. It collects no medical records.\n\n"
        "You respect the ward's own wishes as far as possible, help with what the ward is able to do, and do not "
        "interfere with what the ward can handle alone (article 35).\n\n"
        "The ward may see who the guardian is and who looked at their data, and may object by calling 12351 or in "
        "court.\n\n"
        "What for: seeing and correcting the ward's data and union services. For nothing else.\n\n"
        "Who sees it: only union staff who handle these services; every look is recorded.\n\n"
        "This does not end by itself. When the ward's capacity is restored or the guardianship ends (article 39), "
        "end it here at once; you may also withdraw this consent at any time."
    ),
}


def publish(**_signal: Any) -> None:
    """Publish the texts in force; again changes nothing. Connected to the end of migrating."""
    consents.publish(MINOR, MINOR_VERSION, _MINOR_BODIES, since=child_consent.SINCE)
    consents.publish(ADULT, ADULT_VERSION, _ADULT_BODIES, since=child_consent.SINCE)


def stage_of(birth: date) -> Stage:
    """The stage of a ward born on ``birth``, today."""
    today = clock.today()
    if needs_guardian(birth, today):
        return Stage.CHILD
    return Stage.MINOR if of_age_on(birth) > today else Stage.ADULT


def code_for(birth: date, version: str) -> str:
    """Which consent a ward of that age needs. Raises RuleBroken WARD_AGE_TEXT where ``version`` is of another stage's
    text, so that nobody agrees to what does not apply."""
    stage = stage_of(birth)
    others = [code for one, code in CODES.items() if one is not stage]
    if version and version in [consents.current(code).version for code in others]:
        text = _("按证件号码，适用的是“{stage}”的告知，请重新阅读后再勾选。", stage=STAGE_LABELS[stage])
        raise RuleBroken("WARD_AGE_TEXT", text, fields={"consent": [text]})
    return CODES[stage]
