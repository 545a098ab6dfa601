"""Who may record an honour and revoke it."""

from __future__ import annotations

from niangjia.commons.people import policies
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision, refuse
from niangjia.kernel.text import _


def may_record(actor: Actor, person: Person) -> Decision:
    """An officer of the union of the person's membership or of one above, never about oneself or a relative."""
    current = Membership.objects.current().filter(person=person).first()
    if current is None:
        return refuse("HONOUR_NO_MEMBER", _("这个人现在不是会员，不能登记荣誉。请先办理入会。"))
    return policies.may_keep(actor, current)
