"""What an applicant agrees to, published with the tables so that an installation never lacks it."""

from __future__ import annotations

from datetime import date
from typing import Any

from niangjia.kernel import clock
from niangjia.platform.personal_data import consents

CODE = "joining"
VERSION = "2026-1"
SINCE = clock.moment(date(2021, 1, 1))
"""Before any application that a replay of earlier years may bring."""
BODIES = {
    "zh-hans": (
        "为办理您的入会申请，工会需要使用您的姓名、身份证件号码、手机号、职业、单位和工作地点。\n\n"
        "用途：核对身份，确定由哪个工会办理，建立会籍，把结果告诉您。不用于其他用途。\n\n"
        "谁能看到：只有办理申请的工会工作人员。您的单位领导和人事部门看不到。每次查看都有记录,"
        "您可以在“我的 → 谁看过我的信息”里查。\n\n"
        "保存多久：成为会员的，保存到会籍结束后十年；未成为会员的，保存三年。证件号和手机号加密保存。\n\n"
        "您可以随时撤回申请、更正信息、撤回同意。"
    ),
    "en": (
        "To handle your application the union uses your name, identity number, phone number, occupation, employer and"
        " place of work.\n\n"
        "What for: to check who you are, to find the union that answers, to register your membership and to tell you"
        " the result. For nothing else.\n\n"
        "Who sees it: only union staff who handle the application. Your employer's management and personnel office"
        " cannot. Every look is recorded; you find it under Me → Who looked at my data.\n\n"
        "How long: for members, until ten years after membership ends; for others, three years. Identity and phone"
        " numbers are stored encrypted.\n\n"
        "You may withdraw the application, correct your data or withdraw this consent at any time."
    ),
}


def publish(**_signal: Any) -> None:
    """Publish the text in force; again changes nothing. Connected to the end of migrating."""
    consents.publish(CODE, VERSION, BODIES, since=SINCE)
