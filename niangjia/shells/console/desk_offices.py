"""What the desk says to offices whose work does not come as items: where it is, or that it is still to come."""

from __future__ import annotations

from niangjia.commons.unions.models import Appointment
from niangjia.commons.unions.roles import ROLE_LABELS, Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.web import dates

TOLD: dict[Role, Text] = {
    Role.MEDIATOR: _(
        "劳动争议调解还没有开通。开通后，分给您的案件会列在这里，写明办理期限。现在可以查看管辖内的工会。"
    ),
    Role.HOTLINE_OPERATOR: _(
        "12351 热线派单还没有开通。开通后，来电登记、派单和回访都在这里办。现在可以查看管辖内的工会。"
    ),
    Role.EMPLOYER_AGENT: _("为职工购买团体保障，在“团体购买”里办。职工的入会、理赔和个人情况由工会办理，这里不显示。"),
    Role.SITE_KEEPER: _("会员来领取时，打开“核销”扫会员卡；当天的交接单也在那里签。"),
    Role.STALL_OFFICER: _("摆摊当天打开“现场入会”，开一个摊位，请职工扫码填写，当场审核。"),
    Role.SYSTEM_ADMIN: _("定时任务和批量办理的进度在“后台任务”里；未能完成的，看过原因可以重试。"),
    Role.SECURITY_ADMIN: _(
        "资金经办人的身份在“资金经办人”里登记。职务由运维人员按书面决定用命令任免，每一次都有审计记录。"
    ),
    Role.AUDIT_ADMIN: _("谁在什么时候办了什么，在“审计记录”里查。只能看，不能改；导出也会留下记录。"),
}


def told(actor: Actor) -> list[tuple[Text, Text]]:
    """Each of the actor's offices that is told something, with it."""
    held = {grant.role for grant in actor.grants}
    return [(ROLE_LABELS[role], text) for role, text in TOLD.items() if role in held]


def deputising(actor: Actor) -> list[Text]:
    """For whom the actor stands in, in which office, until when; asks nothing for who stands in for nobody."""
    if not any(grant.deputy_for for grant in actor.grants):
        return []
    rows = Appointment.objects.in_force(clock.today()).filter(user_id=actor.user_id or 0).exclude(deputy_for=None)
    return [_deputy_of(one) for one in rows.select_related("deputy_for", "union").order_by("valid_to")]


def _deputy_of(one: Appointment) -> Text:
    return _(
        "您正代理{name}的职务：{union} · {role}，到 {day} 为止。",
        name=one.deputy_for.display_name if one.deputy_for else "",
        union=one.union.name,
        role=ROLE_LABELS[Role(one.role)],
        day=dates.day(one.last_day),
    )


def oversees(actor: Actor) -> bool:
    """Whether what waits at the unions below concerns the actor."""
    return any(grant.role not in TOLD for grant in actor.grants)
