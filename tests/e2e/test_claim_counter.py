"""A clerk of an agency takes a claim in the browser: whose card it is and who claims are judged together, and nothing
that was typed is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from niangjia.commons.people.models import Person
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.platform.personal_data import consents
from niangjia.platform.testing.browser import overflow
from niangjia.platform.testing.clients import staff_signs_in
from niangjia.platform.testing.kept import kept
from niangjia.services.protection import consent, testing
from niangjia.services.protection.claim_models import Claim
from tests.e2e.hands import a_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def counter(transactional_db):
    """The clerk of the street and somebody insured in a firm of it."""
    consents.publish(consent.CODE, consent.VERSION, consent.BODIES, since=consent.SINCE)
    tree = kept(unions.small_tree)
    plan = testing.six_gifts(tree["CITY"])
    member = testing.an_insured(plan[2], tree["FIRM"], 1)
    clerk = unions.an_officer([(tree["EAST-1"], Role.AGENCY_CLERK)], "clerk")
    return clerk, Person.objects.get(pk=member.person_id)


def led_to_pay(page, base, clerk, person, tmp_path, cover="home_loss"):
    """The first three pages."""
    staff_signs_in(page, base, clerk)
    page.goto(f"{base}/console/protection/counter/")
    page.fill("input[name=name]", person.name)
    page.fill("input[name=id_number]", person.id_number)
    page.click("text=保存，下一步")
    page.check(f"input[value={cover}]")
    page.fill("input[name=event_day]", f"{clock.today() - timedelta(days=3):%Y-%m-%d}")
    page.click("text=保存，下一步")
    if page.query_selector("input[name=area]"):
        page.fill("input[name=area]", "12.5")
    for field in page.query_selector_all("input[type=file]"):
        field.set_input_files(a_picture(tmp_path))
    page.click("text=保存，下一步")


def errors(page):
    return {box.get_attribute("id"): box.inner_text() for box in page.query_selector_all("[id$=_error]")}


@pytest.mark.parametrize("width", [1440, 390])
def test_everything_wrong_on_the_last_page_is_said_at_once_d70(live_server, open_page, counter, tmp_path, width):
    clerk, person = counter
    page = open_page(width, 900)
    page.watch.allow.append("422")
    led_to_pay(page, live_server.url, clerk, person, tmp_path)
    page.select_option("select[name=kinship]", "spouse")
    page.fill("input[name=claimant_name]", "王试")
    page.fill("input[name=bank_account]", "1234")
    page.fill("input[name=card_holder]", person.name)
    page.click("text=提交申请")
    said = errors(page)
    assert set(said) == {
        "id_claimant_phone_error", "id_bank_account_error", "id_card_holder_error", "id_consent_error",
    }  # fmt: skip
    assert "只能付到申请人本人的卡" in said["id_card_holder_error"]
    assert page.input_value("input[name=claimant_name]") == "王试"
    assert overflow(page) <= 0
    page.fill("input[name=claimant_phone]", testing.invented_phone(77))
    page.fill("input[name=bank_account]", testing.a_card(7))
    page.check("input[name=consent]")
    page.click("text=提交申请")
    assert list(errors(page)) == ["id_card_holder_error"], "the card of the insured is not that of who claims"
    page.fill("input[name=card_holder]", "王试")
    page.click("text=提交申请")
    page.wait_for_url("**/console/protection/claims/*/")
    sent = Claim.objects.get()
    assert (sent.state, sent.payee_name, str(sent.bank_account)) == ("submitted", "王试", testing.a_card(7))


def test_for_the_dead_a_relative_claims_and_that_is_said_beside_the_kinship(live_server, desk, counter, tmp_path):
    clerk, person = counter
    desk.watch.allow.append("422")
    led_to_pay(desk, live_server.url, clerk, person, tmp_path, cover="death")
    desk.fill("input[name=bank_account]", testing.a_card(7))
    desk.fill("input[name=card_holder]", "别人")
    desk.check("input[name=consent]")
    desk.click("text=提交申请")
    assert set(errors(desk)) == {"id_kinship_error", "id_card_holder_error"}
    assert not Claim.objects.exclude(state="draft").exists()
