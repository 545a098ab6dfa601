"""What the page 我的消息 reads. Everybody reads only their own, and nothing before its moment.

What many are to hear at the same moment is written down before; ``created_at`` is the moment from which it is heard.
"""

from __future__ import annotations

from django.db.models import Count, QuerySet

from niangjia.kernel import clock
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import State
from niangjia.platform.notices.models import Message, Outgoing


def heard(user_id: int) -> QuerySet[Message]:
    """The user's messages whose moment has come."""
    return Message.objects.filter(user_id=user_id, created_at__lte=clock.now())


def unread_count(user_id: int) -> int:
    """How many messages the user has not read yet, by one indexed query."""
    return heard(user_id).filter(read_at__isnull=True).count()


def messages_of(user_id: int) -> QuerySet[Message]:
    """The user's messages, newest first, for paging."""
    return heard(user_id).order_by("-id")


def message_for(user_id: int, public_id: str) -> Message:
    """One message of the user's own. Raises NotFound."""
    message = heard(user_id).filter(public_id=public_id).first()
    if message is None:
        raise NotFound("NOT_FOUND", _("没有找到这条消息。"))
    return message


def waiting() -> dict[str, int]:
    """How many SMS and e-mails stand in which state, for metrics and alarms; a dead one needs an operator."""
    counted = Outgoing.objects.values_list("state").annotate(number=Count("id"))
    return {state.value: 0 for state in State} | dict(counted)
