"""Money over the API: a claim from the phone to the card and to another card, and a reimbursement nobody asked for."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from niangjia.commons.ledger import books
from niangjia.commons.payments import stand_in
from niangjia.commons.payments import testing as payments
from niangjia.commons.payments.models import Batch
from niangjia.commons.people import testing as people
from niangjia.commons.people.corrections.testing import a_photo
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock as kernel_clock
from niangjia.platform.accounts import sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User
from niangjia.platform.jobs import worker
from niangjia.services.protection import consent
from niangjia.services.protection import testing as protection
from niangjia.services.reimbursement import testing as reimbursement

pytestmark = pytest.mark.django_db
JSON = "application/json"
PAPERS = [
    paper for one in protection.ALL_COVERS if one.code == "critical_illness" for paper, need in one.papers if need
]


class App:
    """A program with somebody's token."""

    def __init__(self, actor) -> None:
        kind = SessionKind.MEMBER if actor.is_member else SessionKind.STAFF
        user = User.objects.get(pk=actor.user_id)
        proved = None if actor.is_member else kernel_clock.now()
        self.token = sessions.start(user=user, kind=kind, second_factor_at=proved).token
        self.client, self.keys = Client(), 0

    def get(self, path):
        return self._answer(self.client.get(f"/api/v1/{path}", headers=self._headers("")))

    def post(self, path, body=None, *, key=None, files=None):
        self.keys += 1
        headers = self._headers(key or f"key-{self.keys:08d}")
        if files is not None:
            return self._answer(self.client.post(f"/api/v1/{path}", {**(body or {}), **files}, headers=headers))
        content = "" if body is None else json.dumps(body)
        return self._answer(self.client.generic("POST", f"/api/v1/{path}", content, content_type=JSON, headers=headers))

    def _headers(self, key):
        return {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})

    @staticmethod
    def _answer(response):
        content = response.getvalue()
        return response.status_code, json.loads(content) if response["Content-Type"].startswith(JSON) else content


@pytest.fixture
def city(db, clock):
    """A free plan and a fund, everybody who handles claims and money, and a member who is insured."""
    tree = unions.small_tree()
    plan, _first, version = protection.six_gifts(tree["CITY"])
    preparer, releaser = payments.finance(tree["CITY"])
    staff = {
        "unit": ("FIRM", Role.UNION_OFFICER),
        "agency": ("EAST-1", Role.AGENCY_CLERK),
        "office": ("CITY", Role.REVIEWER),
        "second": ("CITY", Role.REVIEWER),
        "clerk": ("EAST", Role.AGENCY_CLERK),
    }
    apps = {name: App(unions.an_officer([(tree[place], role)], name)) for name, (place, role) in staff.items()}
    member = protection.an_insured(version, tree["FIRM"], 1)
    return SimpleNamespace(
        tree=tree, plan=plan, member=App(member), person=people.Person.objects.get(pk=member.person_id),
        preparer=App(preparer), releaser=App(releaser), **apps,
    )  # fmt: skip


def _claimed(city):
    member = city.member
    status, begun = member.post("protection/claims", {"plan": city.plan.code})
    assert (status, begun["claim"]["state"]) == (201, "draft")
    path = f"protection/claims/{begun['claim']['id']}"
    day = kernel_clock.today() - timedelta(days=20)
    told = {"story": "在送货路上", "diagnosis": "甲状腺恶性肿瘤", "hospital": "第一试验医院"}
    filled = {"cover": "critical_illness", "event_day": f"{day}", "bank_account": protection.a_card(), "told": told}
    status, kept = member.post(f"{path}/fill", filled)
    assert (status, kept["event_day"], kept["card_tail"]) == (200, f"{day}", protection.a_card()[-4:])
    for paper in PAPERS:
        status, brought = member.post(f"{path}/papers", {"paper": paper}, files={"file": a_photo(f"{paper}.png")})
        assert (status, brought["paper"]) == (201, paper), brought
    status, sent = member.post(f"{path}/submit", {"consent_version": consent.VERSION}, key="sent-once-01")
    assert (status, sent["claim"]["state"]) == (200, "submitted"), sent
    return path, sent


def _approved(city, path):
    assert city.unit.get(path)[1]["told"] == []
    assert city.unit.post(f"{path}/confirm-unit")[1]["claim"]["state"] == "unit_confirmed"
    assert city.agency.post(f"{path}/check")[1]["claim"]["state"] == "agency_checked"
    status, reviewed = city.office.post(f"{path}/review")
    assert (status, reviewed["sum"]["fen"]) == (200, 20_000_00)
    assert city.office.post(f"{path}/approve")[1]["code"] == "FOUR_EYES"
    approved = city.second.post(f"{path}/approve", key="approve-0001")
    assert approved == city.second.post(f"{path}/approve", key="approve-0001")
    assert approved[1]["claim"]["state"] == "approved"


def _with_bank(city, fund_code):
    fund = next(one for one in city.preparer.get("payments/funds")[1] if one["fund"] == fund_code)
    status, batch = city.preparer.post(f"payments/funds/{fund['id']}/draw-up")
    assert status == 201, batch
    path = f"payments/batches/{batch['id']}"
    assert city.preparer.post(f"{path}/prepare")[1]["state"] == "prepared"
    assert city.preparer.post(f"{path}/release")[0] == 403
    status, released = city.releaser.post(f"{path}/release")
    assert (status, released["state"]) == (200, "released"), released
    status, file = city.preparer.post(f"{path}/file")
    assert status == 200
    assert "参考号" in file.decode("utf-8-sig")
    return path


def _answer(city, path, content, key):
    file = SimpleUploadedFile("return.csv", content)
    return city.preparer.post(f"{path}/answers", files={"file": file}, key=key)


def _return_of(path, *, failed=False):
    batch = Batch.objects.get(public_id=path.rsplit("/", 1)[1])
    text = stand_in.return_file(batch).decode("utf-8-sig")
    return (text.replace("成功,", "失败,卡号有误") if failed else text).encode()


def test_a_claim_goes_from_the_phone_to_the_card_and_to_another_card_when_the_first_is_wrong(city):
    path, _sent = _claimed(city)
    again = city.member.post(f"{path}/submit", {"consent_version": consent.VERSION}, key="sent-once-01")
    assert again[0] == 200, "the same tap gets the same answer"
    _approved(city, path)
    batch = _with_bank(city, "city_union")
    status, read = _answer(city, batch, _return_of(batch, failed=True), "answers-0001")
    assert (status, read["failed"]) == (200, 1), read
    assert city.member.get(path)[1]["claim"]["state"] == "payment_failed"
    failed = city.member.get("payments/mine")[1][0]
    assert (failed["state"], failed["cause"]) == ("failed", "wrong_card")
    assert city.preparer.get("payments/payments?state=failed")[1]["items"][0]["id"] == failed["id"]
    card = {"bank": "乙银行", "account_number": payments.a_card(77)}
    assert city.member.post("payments/account", card)[0] == 201
    batch = _with_bank(city, "city_union")
    content = _return_of(batch)
    assert _answer(city, batch, content, "answers-0002")[1]["paid"] == 1
    assert _answer(city, batch, content, "answers-0003")[1]["read_before"] is True
    status, paid = city.member.get(path)
    assert (paid["claim"]["state"], paid["claim"]["paid_fen"]) == ("paid", 20_000_00)
    assert [line for line in paid["sum"]["steps"] if "20,000" in line]
    assert not books.check_books()


def test_strangers_and_employers_get_404_and_nothing_is_told(city):
    path, _sent = _claimed(city)
    agent = App(unions.an_officer([(city.tree["FIRM"], Role.EMPLOYER_AGENT)], "agent"))
    for stranger in (agent, city.preparer):
        assert stranger.get(path)[0] == 404
    assert city.member.post(f"{path}/approve")[0] == 403
    status, refused = city.member.post(f"{path}/fill", {"state": "paid"})
    assert (status, refused["code"]) == (422, "FIELD_UNKNOWN")
    stray = {"paper": "other", "state": "paid"}
    status, refused = city.member.post(f"{path}/papers", stray, files={"file": a_photo()})
    assert (status, refused["code"], list(refused["fields"])) == (422, "FIELD_UNKNOWN", ["state"])
    for listing in ("protection/claims", "reimbursement/cases"):
        assert city.member.get(f"{listing}?state=paid%00")[0] == 400
    broken = city.member.post(f"{path}/papers", {"paper": "other\x00"}, files={"file": a_photo()})
    assert (broken[0], broken[1]["code"]) == (400, "TEXT_MALFORMED")
    assert city.member.post(f"{path}/withdraw")[1]["claim"]["state"] == "withdrawn"


def test_a_reimbursement_comes_without_asking(city):
    payments.a_fund(city.tree["CITY"], 10_000_000_00, "reimbursement")
    day = kernel_clock.today() - timedelta(days=5)
    row = reimbursement.a_row(city.person.name, city.person.id_number, "YB000001", day=day)
    said = {"union_code": "EAST", "programme": "general"}
    status, feed = city.clerk.post("reimbursement/feeds", said, files={"file": reimbursement.a_file([row])})
    assert status == 201, feed
    worker.drain()
    path = f"reimbursement/feeds/{feed['id']}"
    assert (city.clerk.get(path)[1]["state"], city.clerk.get(path)[1]["due"]) == ("ready", 1)
    assert city.clerk.post(f"{path}/apply")[0] == 200
    worker.drain()
    round_path = f"reimbursement/rounds/{city.clerk.get(path)[1]['round']}"
    for case in city.office.get(f"{round_path}/cases")[1]["items"]:
        if case["sampled"]:
            assert city.office.post(f"reimbursement/cases/{case['id']}/clear")[0] == 200
    status, approved = city.office.post(f"{round_path}/approve")
    assert (status, approved["state"]) == (200, "approved"), approved
    assert city.member.post("payments/account", {"bank": "乙银行", "account_number": payments.a_card(5)})[0] == 201
    batch = _with_bank(city, "reimbursement")
    assert _answer(city, batch, _return_of(batch), "answers-0001")[1]["paid"] == 1
    own = city.member.get("reimbursement/cases")[1]["items"][0]
    assert own["state"] == "paid"
    detail = city.member.get(f"reimbursement/cases/{own['id']}")[1]
    assert detail["steps"]
    assert detail["case"]["fen"] == approved["fen"] > 0
