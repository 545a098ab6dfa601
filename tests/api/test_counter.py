"""The counter, condolences and enrolling oneself over the API: the same actions and refusals as on the pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from niangjia.commons.payments import testing as payments
from niangjia.commons.payments.models import Payment
from niangjia.commons.people import testing as people
from niangjia.commons.people.corrections.testing import a_photo
from niangjia.commons.people.models import Person
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock as kernel_clock
from niangjia.platform.personal_data.models import Look
from niangjia.services.protection import consent, six
from niangjia.services.protection import testing as protection
from niangjia.services.protection.models import Enrolment
from tests.api.test_money import PAPERS, App

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db, clock):
    """An insured member, who has a phone of their own, a clerk, an officer and two reviewers."""
    tree = unions.small_tree()
    plan, _first, version = protection.six_gifts(tree["CITY"])
    payments.finance(tree["CITY"])
    staff = {
        "clerk": ("EAST-1", Role.AGENCY_CLERK),
        "far_clerk": ("WEST-1", Role.AGENCY_CLERK),
        "office": ("CITY", Role.REVIEWER),
        "second": ("CITY", Role.REVIEWER),
    }
    apps = {name: App(unions.an_officer([(tree[place], role)], name)) for name, (place, role) in staff.items()}
    member = protection.an_insured(version, tree["FIRM"], 1)
    return SimpleNamespace(
        tree=tree, plan=plan, person=Person.objects.get(pk=member.person_id), member=App(member), **apps
    )


def who(city, **changed):
    return {"name": city.person.name, "id_number": str(city.person.id_number), "plan": city.plan.code, **changed}


def filled(city, path, **more):
    day = kernel_clock.today() - timedelta(days=20)
    told = {"story": "在送货路上", "diagnosis": "甲状腺恶性肿瘤", "hospital": "第一试验医院"}
    body = {"cover": "critical_illness", "event_day": f"{day}", "bank_account": protection.a_card(), "told": told}
    return city.clerk.post(f"{path}/fill", {**body, **more})


def signed(city, path, **more):
    body = {"consent_version": consent.VERSION, "card_holder": city.person.name, **more}
    return city.clerk.post(f"{path}/submit", body)


def begun(city):
    status, claim = city.clerk.post("protection/counter/claims", who(city))
    assert (status, claim["claim"]["state"]) == (201, "draft"), claim
    return f"protection/counter/claims/{claim['claim']['id']}"


def test_a_clerk_takes_a_claim_for_somebody_who_came(city):
    path = begun(city)
    assert begun(city) == path, "the draft is gone on with"
    assert Look.objects.filter(subject_key=city.person.public_id).exists()
    assert filled(city, path, kinship="self")[0] == 200
    for paper in PAPERS:
        status, brought = city.clerk.post(f"{path}/papers", {"paper": paper}, files={"file": a_photo(f"{paper}.png")})
        assert (status, brought["paper"]) == (201, paper), brought
    status, sent = signed(city, path)
    assert (status, sent["claim"]["state"]) == (200, "submitted"), sent
    assert city.member.get(path.replace("/counter", ""))[1]["claim"]["state"] == "submitted"
    assert filled(city, path)[1]["code"] == "CLAIM_SENT"


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"name": "王某"}, "NOT_INSURED", "id_number"),
        ({"id_number": people.an_id_number(99)}, "NOT_INSURED", "id_number"),
        ({"id_number": "110"}, "ID_INVALID", "id_number"),
        ({"name": "=1+1"}, "NAME", "name"),
    ],
)
def test_who_is_not_found_at_the_counter_is_said_beside_the_field(city, changed, code, field):
    status, refused = city.clerk.post("protection/counter/claims", who(city, **changed))
    assert (status, refused["code"].startswith(code), list(refused["fields"])) == (422, True, [field]), refused


def test_another_agency_and_the_member_do_not_reach_a_counters_draft(city):
    path = begun(city)
    assert city.far_clerk.post("protection/counter/claims", who(city))[1]["code"] == "NOT_INSURED"
    assert city.far_clerk.post(f"{path}/fill", {"cover": "home_loss"})[0] == 404
    assert city.member.post(f"{path}/fill", {"cover": "home_loss"})[0] == 403
    assert city.office.post("protection/counter/claims", who(city))[1]["code"] == "NO_OFFICE_HERE"


def test_the_card_at_the_counter_must_be_the_claimants(city):
    path = begun(city)
    filled(city, path, kinship="self")
    for paper in PAPERS:
        city.clerk.post(f"{path}/papers", {"paper": paper}, files={"file": a_photo(f"{paper}.png")})
    status, refused = signed(city, path, card_holder="别人")
    assert (status, list(refused["fields"])) == (422, ["card_holder"]), refused
    assert signed(city, path)[0] == 200


def test_one_proposes_a_condolence_and_another_grants_it(city):
    body = {**who(city), "occasion": "illness", "fen": 500_00, "bank_account": protection.a_card(), "words": "住院"}
    status, made = city.office.post("protection/condolences", body, key="condole-0001")
    assert (status, made["state"], made["words"]) == (201, "proposed", "住院"), made
    assert city.office.post("protection/condolences", body, key="condole-0001")[1]["id"] == made["id"]
    path = f"protection/condolences/{made['id']}"
    assert city.office.post(f"{path}/grant")[1]["code"] == "FOUR_EYES"
    assert city.second.post(f"{path}/grant")[1]["state"] == "granted"
    assert Payment.objects.get(source_type="protection.condolence").fen == 500_00
    listed = city.second.get("protection/condolences?state=granted")[1]["items"][0]
    assert (listed["id"], listed["words"], city.person.name in listed["name"]) == (made["id"], "", False)
    assert city.second.post(f"{path}/decline", {"reason": "已经慰问过了"})[0] == 409


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"fen": 10**9}, "CONDOLENCE_SUM"), ({"occasion": "party"}, "OCCASION"), ({"bank_account": "1"}, "CARD_NUMBER")],
)
def test_a_wrong_proposal_is_refused(city, changed, code):
    body = {**who(city), "occasion": "illness", "fen": 500_00, "bank_account": protection.a_card(), **changed}
    status, refused = city.office.post("protection/condolences", body)
    assert (status, refused["code"]) == (422, code)


def test_a_member_enrols_where_the_terms_open_the_plan_to_it(city):
    member = protection.a_member(city.tree["FIRM"], 7)
    app = App(member)
    assert app.post("protection/enrolments", {"plan": city.plan.code})[1]["code"] == "SELF_ENROLMENT"
    plan = protection.a_plan(city.tree["CITY"], "open")
    protection.a_version(plan, replace(six.six_gifts(6), self_enrolment=True))
    status, made = app.post("protection/enrolments", {"plan": "open"}, key="enrol-000001")
    assert status == 201, made
    assert Enrolment.objects.get(person=member.person_id, plan=plan).public_id == made["id"]
    assert app.post("protection/enrolments", {"plan": "open"}, key="enrol-000001")[1]["id"] == made["id"]
    assert app.post("protection/enrolments", {"plan": "open"})[1]["code"] == "COVERED"
    assert app.post("protection/enrolments", {"plan": "nothing"})[1]["code"] == "PLAN_NOT_FOUND"
