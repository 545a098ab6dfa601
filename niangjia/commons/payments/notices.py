"""What somebody is told about their money. Values carry numbers, never names or accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from niangjia.commons.payments.models import Payment
from niangjia.commons.people.models import Person
from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import Notice, NoticeKind, register

FAILED = register(
    NoticeKind(
        code="payments.failed",
        title=_("有一笔钱没有付成"),
        body=_("付款 {number} 没有付成，请打开核对您的收款账户，改好后我们马上重新付款。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
ACCOUNT_CHANGED = register(
    NoticeKind(
        code="payments.account_changed",
        title=_("收款账户已更换"),
        body=_("您的收款账户已换成尾号 {tail} 的账户。不是您本人办理的，请马上打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
ACCOUNT_REFUSED = register(
    NoticeKind(
        code="payments.account_refused",
        title=_("收款账户没有通过核对"),
        body=_("您登记的尾号 {tail} 的账户没有通过核对，请打开查看理由，再登记一次。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
PORTAL = "/payments/"


def users_of(payments: Sequence[Payment]) -> Mapping[int | None, int | None]:
    """The account of each payee who has one."""
    ids = [one.person_id for one in payments if one.person_id]
    found: dict[int | None, int | None] = {}
    for start in range(0, len(ids), 2_000):
        found |= dict(Person.objects.filter(pk__in=ids[start : start + 2_000]).values_list("pk", "user_id"))
    return found


def failed(payment: Payment, user_id: int | None) -> list[Notice]:
    return [Notice(FAILED, user_id, {"number": payment.number}, PORTAL)]
