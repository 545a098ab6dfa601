"""A member claims on a phone in three pages and sees how the sum came about; a reviewer works at a desk."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from niangjia.commons.people.guardians import testing as guardians
from niangjia.commons.people.models import Person
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.platform.personal_data import consents
from niangjia.platform.personal_data.models import Look
from niangjia.platform.testing.browser import overflow
from niangjia.platform.testing.clients import member_signs_in, staff_signs_in
from niangjia.platform.testing.kept import kept
from niangjia.services.protection import consent, testing
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.states import ClaimState
from tests.e2e.hands import a_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tree(transactional_db):
    consents.publish(consent.CODE, consent.VERSION, consent.BODIES, since=consent.SINCE)
    return kept(unions.small_tree)


@pytest.fixture
def plan(tree):
    return testing.six_gifts(tree["CITY"])


@pytest.fixture
def member(tree, plan):
    return testing.an_insured(plan[2], tree["FIRM"], 1)


def test_a_claim_at_a_phone_in_three_pages(live_server, phone, tree, plan, member, tmp_path):
    phone.watch.allow.append("422")
    member_signs_in(phone, live_server.url, member)
    phone.goto(f"{live_server.url}/protection/")
    phone.click("text=申请理赔")
    phone.click("text=开始填写")
    phone.check("input[value=home_loss]")
    phone.fill("input[name=event_day]", "2019-01-01")
    phone.click("text=保存，下一步")
    assert "出险那天不在保障期内" in phone.inner_text("main")
    phone.fill("input[name=event_day]", f"{clock.today() - timedelta(days=3):%Y-%m-%d}")
    phone.click("text=保存，下一步")
    phone.fill("input[name=area]", "12.5")
    for paper in ("identity", "property"):
        phone.set_input_files(f"input[name=paper_{paper}]", a_picture(tmp_path))
    phone.click("text=保存，下一步")
    assert "物业或居委会证明" in phone.inner_text(".has-error")
    phone.set_input_files("input[name=paper_property_proof]", a_picture(tmp_path))
    phone.click("text=保存，下一步")
    phone.fill("input[name=bank_account]", testing.a_card(7))
    phone.check("input[name=consent]")
    assert overflow(phone) <= 0
    phone.click("text=提交申请")
    phone.wait_for_selector(".receipt")
    assert re.fullmatch(r"LP\d{4}-\d{7}-\d", phone.inner_text(".receipt-number strong"))
    assert Claim.objects.get().state == ClaimState.SUBMITTED
    assert consents.holds(consent.CODE, Claim.objects.get().owner_key)


def test_a_guardian_claims_for_the_ward_on_a_narrow_phone(live_server, phone, tree, plan, member, tmp_path):
    officer = unions.an_officer([(tree["FIRM"], Role.UNION_OFFICER)], "guardians")
    guarded = guardians.in_force(Person.objects.get(pk=member.person_id), officer, 4_321)
    phone.watch.allow.append("422")
    phone.set_viewport_size({"width": 390, "height": 844})
    member_signs_in(phone, live_server.url, member)
    phone.goto(f"{live_server.url}/protection/")
    phone.click("text=申请理赔")
    phone.click("text=开始填写")
    phone.check("input[value=child_accident]")
    phone.fill("input[name=event_day]", f"{clock.today() - timedelta(days=3):%Y-%m-%d}")
    phone.click("text=保存，下一步")
    assert overflow(phone) <= 0
    phone.fill("[name=issuer_1]", "第一试验医院")
    phone.fill("[name=bill_1]", "MZ000012345")
    phone.fill("[name=sum_1]", "3100")
    for name in phone.locator("main input[type=file]").evaluate_all("all => all.map(one => one.name)"):
        phone.set_input_files(f"input[name={name}]", a_picture(tmp_path))
    phone.click("text=保存，下一步")
    assert phone.locator(".has-error").count() == 1, "which child; what was photographed is kept"
    assert phone.locator("text=已经上传，可以再加。").count() == 4
    assert overflow(phone) <= 0
    phone.screenshot(path="/tmp/money-ward.png", full_page=True)
    phone.check(f"input[value='{guarded.ward.public_id}']")
    phone.click("text=保存，下一步")
    phone.fill("input[name=bank_account]", testing.a_card(7))
    phone.check("input[name=consent]")
    assert overflow(phone) <= 0
    phone.screenshot(path="/tmp/money-ward2.png", full_page=True)
    phone.click("text=提交申请")
    phone.wait_for_selector(".receipt")
    sent = Claim.objects.get()
    assert (sent.state, sent.child) == (ClaimState.SUBMITTED, guarded.ward)


def test_a_reviewer_reads_papers_sees_the_sum_and_decides(live_server, desk, phone, tree, plan, member):
    unit = unions.an_officer([(tree["FIRM"], Role.UNION_OFFICER)], "unit")
    agency = unions.an_officer([(tree["EAST-1"], Role.AGENCY_CLERK)], "agency")
    first = unions.an_officer([(tree["CITY"], Role.REVIEWER)], "first")
    second = unions.an_officer([(tree["CITY"], Role.REVIEWER)], "second")
    claim = testing.a_claim(plan[0], member, "child_accident")
    hands = {"unit": unit, "agency": agency, "office": first, "second": second}
    testing.through_to(ClaimState.AGENCY_CHECKED, claim, **hands)
    address = f"{live_server.url}/console/protection/claims/{claim.public_id}/"

    staff_signs_in(desk, live_server.url, unit)
    desk.goto(address)
    assert "病情和材料已加密" in desk.inner_text("main")
    assert "第一试验医院" not in desk.content()

    desk.context.clear_cookies()
    staff_signs_in(desk, live_server.url, first)
    desk.goto(f"{live_server.url}/console/protection/")
    desk.click(f"text={claim.number}")
    with desk.expect_download() as paper:
        desk.click(".link-list a >> nth=0")
    assert paper.value.suggested_filename
    desk.click("text=受理并计算")
    assert claim.number in desk.inner_text(".crumbs")
    assert claim.plan.name in desk.inner_text(".confirm .facts")
    desk.click("main form button")
    assert "¥\N{NO-BREAK SPACE}1,500.00" in desk.inner_text(".sum-steps .is-total")
    assert "要第二个人决定" in desk.inner_text("main")

    desk.context.clear_cookies()
    staff_signs_in(desk, live_server.url, second)
    desk.goto(address)
    desk.click("main a:has-text('通过') >> nth=0")
    desk.click("main form button")
    claim.refresh_from_db()
    assert (claim.state, claim.approved_fen) == (ClaimState.APPROVED, 1_500_00)
    assert Look.objects.filter(subject_key=claim.owner_key, fields__icontains="paper").exists()

    member_signs_in(phone, live_server.url, member)
    phone.goto(f"{live_server.url}/protection/claims/{claim.public_id}/")
    assert "票据金额先减去起付线 ¥\N{NO-BREAK SPACE}100.00。" in phone.inner_text(".sum-steps")
    testing.put_in_file(claim.public_id)
    testing.bank_pays(claim.public_id)
    phone.reload()
    assert "已付款 ¥\N{NO-BREAK SPACE}1,500.00" in phone.inner_text("main")
