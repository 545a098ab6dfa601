"""How the acts and objects of the audit trail are called: the words of the machines, and those of acts without one."""

from __future__ import annotations

from functools import cache

from django.apps import apps

from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle.models import Tracked

ACTS: dict[str, Text] = {
    "accounts.signed_in": _("登录"),
    "accounts.signed_out": _("退出登录"),
    "accounts.refused": _("登录未成功"),
    "accounts.sessions_ended": _("结束全部登录"),
    "accounts.disabled": _("停用账号"),
    "accounts.enabled": _("启用账号"),
    "accounts.password_changed": _("修改密码"),
    "accounts.second_factor_reset": _("重置身份验证器"),
    "accounts.second_factor_enrolled": _("绑定身份验证器"),
    "accounts.stepped_up": _("再次验证身份"),
    "desk.item.take": _("领取待办"),
    "desk.item.put_back": _("放回待办"),
    "desk.item.hand_over": _("转交待办"),
    "desk.item.extend": _("延长期限"),
    "people.person.registered": _("登记个人信息"),
    "people.person.linked": _("关联账号"),
    "people.person.category_changed": _("修改职业类别"),
    "people.person.identity_corrected": _("更正身份信息"),
    "people.person.kinship_stated": _("登记亲属关系"),
    "people.likeness.judged": _("判断是否重复"),
    "people.consent.withdrawn": _("撤回同意"),
    "people.merge.latecomers": _("合并后补入"),
    "people.closing.asked": _("申请注销账号"),
    "people.closing.called_off": _("取消注销账号"),
    "people.closing.carried_out": _("注销账号"),
    "people.data_copy.asked": _("申请带走信息"),
    "people.data_copy.made": _("整理带走的信息"),
    "people.data_copy.fetched": _("下载带走的信息"),
    "people.honour.record": _("登记荣誉"),
    "people.honour.revoke": _("撤销荣誉"),
    "people.card.bank_recorded": _("登记银行联名卡"),
    "people.household.founded": _("建立家庭"),
    "people.household.joined": _("加入家庭"),
    "people.household.left": _("离开家庭"),
    "unions.union.founded": _("成立"),
    "unions.union.moved": _("调整隶属"),
    "unions.union.renamed": _("更名"),
    "unions.union.closed": _("撤销"),
    "unions.union.merged": _("合并"),
    "unions.union.split": _("分立"),
    "unions.employer.registered": _("登记用人单位"),
    "unions.appointment.given": _("任命职务"),
    "unions.appointment.ended": _("免去职务"),
    "parameters.version.published": _("发布参数"),
    "places.site.opened": _("开设站点"),
    "places.site.closed": _("关闭站点"),
    "offers.supplier.added": _("添加供货单位"),
    "offers.supplier.revised": _("修改供货单位"),
    "offers.campaign.revised": _("修改活动"),
    "offers.campaign.drawn": _("抽签"),
    "offers.items.set": _("设定品类"),
    "offers.stock.set": _("设定数量"),
    "offers.campaign.give_extra": _("加发名额"),
    "offers.wave.added": _("安排加放名额"),
    "offers.wave.released": _("加放名额"),
    "offers.wish.changed": _("修改志愿"),
    "payments.account.opened": _("开立资金账户"),
    "payments.account.taken_in": _("资金入账"),
    "payments.batch.downloaded": _("下载付款文件"),
    "payments.identity.written": _("登记经办人身份"),
    "protection.claim.correct": _("更正理赔内容"),
    "protection.plan.found": _("设立保障方案"),
    "protection.plan_version.revise": _("修改保障方案"),
    "reimbursement.case.clear": _("复核抽查"),
    "reports.target_set": _("设定年度目标"),
    "reports.frozen": _("冻结成绩单"),
    "reports.restated": _("更正冻结的数字"),
    "jobs.retry": _("重试后台任务"),
    "audit.entries.export": _("导出审计记录"),
}
ENDINGS: dict[str, Text] = {
    "export": _("导出清单"),
    "unmask": _("查看完整信息"),
    "unmasked": _("查看完整信息"),
    "money_came_late": _("迟到的到账"),
}
"""Acts that many kinds of objects have, by the last part of their code."""

SUBJECTS: dict[str, Text] = {
    "accounts.user": _("登录账号"),
    "desk.item": _("待办"),
    "people.person": _("个人信息"),
    "people.household": _("家庭"),
    "people.likeness": _("疑似重复"),
    "people.honour": _("荣誉"),
    "people.datacopy": _("带走的信息"),
    "personal_data.consent": _("同意书"),
    "unions.union": _("工会"),
    "unions.employer": _("用人单位"),
    "unions.appointment": _("任职"),
    "parameters.version": _("参数"),
    "places.site": _("站点"),
    "offers.supplier": _("供货单位"),
    "payments.account": _("资金账户"),
    "payments.identity": _("经办人身份"),
    "protection.plan": _("保障方案"),
    "reports.target": _("年度目标"),
    "reports.union": _("成绩单"),
    "reports.frozen_figure": _("冻结的数字"),
    "jobs.job": _("后台任务"),
    "audit.list": _("审计记录"),
}
LISTS = _("清单")


def act(code: str) -> Text | str:
    """How an act is called; its code where nobody gave it a name."""
    if known := ACTS.get(code):
        return known
    thing, _dot, event = code.rpartition(".")
    machine = machines().get(thing)
    if machine is not None:
        if event == machine.opening:
            return machine.opening_label
        if label := next((move.label for move in machine.moves if move.event == event), None):
            return label
    return ENDINGS.get(event, code)


def subject(kind: str) -> Text | str:
    """How a kind of object is called; its code where nobody gave it a name."""
    if kind in SUBJECTS:
        return SUBJECTS[kind]
    if kind.endswith(".list"):
        return LISTS
    machine = by_model().get(kind)
    return machine.subject if machine else kind


def state(kind: str, code: str) -> Text | str:
    """How a state of an object of this kind is called; what an older version of the machine knew keeps its code."""
    machine = by_model().get(kind)
    return next((one.label for one in machine.states if one.code == code), code) if machine else code


@cache
def machines() -> dict[str, Machine]:
    """Every machine of this installation by its name."""
    return {machine.name: machine for machine in by_model().values()}


@cache
def by_model() -> dict[str, Machine]:
    """Every machine by the kind of object that it moves."""
    return {model._meta.label_lower: model.MACHINE for model in apps.get_models() if issubclass(model, Tracked)}
