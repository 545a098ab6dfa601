"""A firm pays for three, one of them leaves before the first day, and the share of the staff no longer holds: the buyer
is asked. Either they state the headcount anew and it begins, or they cancel and name where the money goes back."""

from __future__ import annotations

import pytest
from django.db import transaction

from niangjia.commons.ledger import books
from niangjia.commons.payments import testing as payments
from niangjia.commons.payments.models import Payment
from niangjia.commons.people import actions as people
from niangjia.commons.people.models import Membership
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.policy import allow
from niangjia.platform.jobs import worker
from niangjia.platform.testing.browser import overflow
from niangjia.platform.testing.clients import staff_signs_in
from niangjia.services.protection import actions
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.purchases import jobs
from niangjia.services.protection.purchases import testing as buying

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SYSTEM = unions.SYSTEM


@pytest.fixture
def buyer(tree):
    return unions.an_officer([(tree["FIRM"], Role.UNION_OFFICER)], "buyer")


@pytest.fixture
def asked(tree, buyer, finance):
    """Three of four were named and paid for, which is enough; one has left since, and two of three are too few."""
    named = lists.members(tree["FIRM"], 3)
    plan = buying.a_group_plan(tree["CITY"], share_percent=75, everyone_under=0)
    bought = buying.drafted(plan, tree["FIRM"], buyer, headcount=4, days=0)
    actions.name_by_choice(public_id=bought.public_id, people=[one.pk for one in named], actor=buyer)
    worker.drain()
    actions.order_purchase(public_id=bought.public_id, actor=buyer)
    actions.invoice_purchase(public_id=bought.public_id, actor=finance[0])
    leaves(named[0])
    buying.received(bought, 300_00, "BANK-0001", *finance)
    run(twice=True)
    return bought


@transaction.atomic()
def leaves(person):
    people.end_membership(
        Membership.objects.current().get(person=person), cause="leave", day=clock.today(), reason="已经从单位离职",
        actor=SYSTEM, decision=allow("system"),
    )  # fmt: skip


def run(*, twice=False):
    """What a worker does meanwhile."""
    for _time in range(1 + twice):
        jobs.start_waiting(None)
        worker.drain()


def opened(desk, base, buyer):
    """From the notice to the page."""
    staff_signs_in(desk, base, buyer)
    desk.watch.allow.append("422")
    desk.goto(f"{base}/console/notices/")
    desk.click("button:has-text('团体购买还不能起保')")
    desk.wait_for_load_state()
    said = desk.inner_text(".notice-warn")
    assert "下单 3 人，名单里现在能参保 2 人，还没有起保。" in said
    assert "要有 3 人参保，现在只有 2 人" in said
    assert "填报 4，其中 1 人已经离开" in desk.inner_text("main")
    assert "更正职工人数" in said
    assert "取消购买" in said
    assert overflow(desk) <= 0


def sent(desk, button, **values):
    for name, value in values.items():
        desk.fill(f"main [name={name}]", value)
    desk.click(f"main form button:has-text('{button}')")
    desk.wait_for_load_state()


def test_the_buyer_states_the_headcount_anew_and_it_begins(live_server, desk, buyer, asked):
    opened(desk, live_server.url, buyer)
    desk.click("main a:has-text('更正职工人数')")
    sent(desk, "更正职工人数", headcount="3", reason="另有一人也离职了")
    assert "要有 3 人参保，现在只有 2 人" in desk.inner_text("#id_headcount_error")
    assert desk.input_value("main [name=reason]") == "另有一人也离职了", "nothing is lost"
    sent(desk, "更正职工人数", headcount="2")
    assert "已更正职工人数，马上按现在的名单起保。" in desk.inner_text("body")
    assert "正按现在的名单起保" in desk.inner_text("main")
    run()
    desk.reload()
    assert Enrolment.objects.filter(state="in_force").count() == 2
    assert "另有一人也离职了" in desk.inner_text(".work-aside")
    assert not desk.locator(".notice-warn h2:has-text('还没有起保')").count()
    assert not books.check_books()


def test_the_buyer_cancels_and_says_where_the_money_goes_back(live_server, desk, buyer, asked):
    opened(desk, live_server.url, buyer)
    desk.click("main a:has-text('取消购买')")
    assert "已经收到的款项退回购买单位" in desk.inner_text("main")
    sent(desk, "取消购买", reason="项目取消，不再参保", refund_account="6222000000000001")
    assert "银行卡号不对" in desk.inner_text("#id_refund_account_error")
    sent(desk, "取消购买", refund_account=payments.a_card(4))
    assert "退款办理中" in desk.inner_text("main")
    assert "项目取消，不再参保" in desk.inner_text(".work-aside")
    assert Payment.objects.get().fen == 300_00
    assert not Enrolment.objects.filter(state="in_force").exists()
    assert overflow(desk) <= 0
    assert not books.check_books()
