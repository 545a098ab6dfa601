"""What a claimant agrees to before papers about health go to the union, published with the tables."""

from __future__ import annotations

from datetime import date
from typing import Any

from niangjia.kernel import clock
from niangjia.platform.personal_data import consents

CODE = "protection.claim"
VERSION = "2026-1"
SINCE = clock.moment(date(2021, 1, 1))
"""Before any claim that a replay of earlier years may bring."""
BODIES = {
    "zh-hans": (
        "为办理理赔，工会需要使用您的诊断、住院、票据等材料和银行卡号。这些是敏感个人信息，需要您单独同意。\n\n"
        "用途：判断是否属于保障范围、计算金额、把钱付到您的卡。不用于其他用途。\n\n"
        "谁能看到：只有代办点和互助保障办公室的经办人。您的单位看不到病情和材料，单位工会只核实您的身份和参保。"
        "每次查看都有记录，您可以在“我的 → 谁看过我的信息”里查。\n\n"
        "保存多久：理赔办结后十年，加密保存。\n\n"
        "不同意可以不申请，不影响您的会籍和其他服务。提交前可以随时撤回。"
    ),
    "en": (
        "To handle your claim the union uses your papers on diagnosis, hospital stay and bills, and your bank card"
        " number. They are sensitive personal data and need your separate consent.\n\n"
        "What for: to judge whether the event is covered, to work out the sum and to pay it. For nothing else.\n\n"
        "Who sees it: only those who handle claims at the agency and at the mutual-aid office. Your employer sees no"
        " illness and no papers; the union of your unit only confirms who you are. Every look is recorded; you find it"
        " under Me → Who looked at my data.\n\n"
        "How long: ten years after the claim is closed, encrypted.\n\n"
        "You may decline and not claim; your membership and other services stay as they are."
    ),
}


def publish(**_signal: Any) -> None:
    """Publish the text in force; again changes nothing. Connected to the end of migrating."""
    consents.publish(CODE, VERSION, BODIES, since=SINCE)
