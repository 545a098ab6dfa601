"""Members held for want of a union: every right at once, an offer when a union fits, and their own yes, later or no."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.parameters import parameters
from niangjia.commons.people import officers
from niangjia.commons.people.corrections import actions as corrections
from niangjia.commons.people.corrections.testing import a_photo
from niangjia.commons.people.models import Card, Membership
from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.commons.unions.actions import NewUnion, close_union, found_unions
from niangjia.commons.unions.models import Employer
from niangjia.commons.unions.testing import SYSTEM
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.platform.notices.models import Message
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.joining import testing
from niangjia.services.joining.actions import approve
from niangjia.services.joining.fits import actions, jobs, rules
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.fits.rules import Facts, Found
from niangjia.services.joining.fits.states import FIT, OPEN_STATES, Ground
from niangjia.services.joining.transfers import actions as transfers
from niangjia.services.joining.transfers import jobs as transfer_jobs
from niangjia.services.joining.transfers.models import Transfer

ORDER = ["employer", "courier=U-7", "place"]
HELD = Facts("courier", held_at=1, employer_union=5, place_union=3, by_category={"courier": 7})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (5, Ground.EMPLOYER)),
        ({"employer_union": None}, (7, Ground.CATEGORY)),
        ({"employer_union": None, "category": "security_guard"}, (3, Ground.PLACE)),
        ({"employer_union": None, "by_category": {}}, (3, Ground.PLACE)),
        ({"asked": {5}}, (7, Ground.CATEGORY)),
        ({"asked": {5, 7}}, (3, Ground.PLACE)),
        ({"asked": {5, 7, 3}}, None),
        ({"employer_union": 1, "by_category": {}, "place_union": 1}, None),
    ],
)
def test_the_first_rule_counts_that_leads_to_another_union_not_offered_before(changes, expected):
    found = rules.fitting(ORDER, Facts(**{**HELD.__dict__, **changes}))
    assert found == (Found(*expected) if expected else None)


def test_no_rule_no_offer_and_of_two_rules_for_a_category_the_first_names_the_union():
    assert rules.fitting([], HELD) is None
    assert rules.named_codes(["employer", "courier=A", "courier=B", "other=C"]) == {"courier": "A", "other": "C"}


class Held:
    """A courier whom the street EAST-1 holds, because the employer has no union."""

    def __init__(self, world):
        self.world, self.tree = world, world.tree
        row, who = testing.application(170, world.street, employer_name="新站快递")
        approve(public_id=row.public_id, actor=world.officer)
        self.membership = Membership.objects.select_related("person").get(person__user=who.user_id)
        self.person = self.membership.person
        self.me = signed_in(self.person)

    def founds(self):
        """The employer's workers have a union by now."""
        return Employer.objects.create(name="新站快递", kind="private", headcount=9, union=self.world.firm)

    def rule(self, value, code="joining.fit_rules"):
        parameters.publish(
            actor=SYSTEM, code=code, union_id=self.tree["CITY"].pk, valid_from=clock.today(), value=value
        )

    def later(self, days):
        self.world.clock.set(clock.today() + timedelta(days=days))
        return jobs.tend(None)

    def offered(self):
        self.founds()
        jobs.tend(None)
        return Fit.objects.get().public_id

    def stands(self):
        return Membership.objects.get(pk=self.membership.pk)

    def fit(self):
        return Fit.objects.get(person=self.person)


@pytest.fixture
def held(world):
    return Held(world)


def has_all_rights(held, union):
    now = held.stands()
    card = Card.objects.get(person=held.person).state
    return (now.state, now.union, now.counted_as["standing"], card) == ("active", union, "active", "active")


def test_who_is_held_has_every_right_from_the_first_day_and_through_every_answer(held):
    assert has_all_rights(held, held.world.street)
    assert jobs.tend(None)["offered"] == 0, "no union fits yet"
    key = held.offered()
    assert has_all_rights(held, held.world.street)
    assert jobs.tend(None) == {"closed": 0, "resting": 0, "again": 0, "offered": 0}, "safe to run twice"
    actions.put_off_fit(public_id=key, actor=held.me)
    assert has_all_rights(held, held.world.street)
    actions.decline_fit(public_id=key, actor=held.me)
    assert has_all_rights(held, held.world.street)
    assert not Transfer.objects.exists()
    assert held.later(400)["offered"] == 0, "nobody is asked again about a union that they declined"


def test_a_yes_is_an_ordinary_transfer_that_the_holder_releases_and_officers_accept_by_the_dozen(held):
    key = held.offered()
    assert Message.objects.filter(user=held.person.user_id, kind="joining.fit_offered").exists()
    actions.accept_fit(public_id=key, actor=held.me)
    moving = Transfer.objects.get()
    assert (moving.state, moving.new, moving.asked, moving.source) == (
        "released", held.world.firm, "fit", held.fit().number,
    )  # fmt: skip
    assert (held.fit().state, held.fit().transfer, held.stands().state) == ("accepted", moving, "transferring")
    desk = staff_client(held.world.firm_officer)
    assert moving.public_id in desk.get("/console/joining/transfers/?asked=fit&state=released").text
    said = {"ids": [moving.public_id], "event": "accept_transfer", "idempotency_key": "k" * 20}
    assert "办理了 1 件" in desk.post("/console/joining/transfers/many/", said, follow=True).text
    assert has_all_rights(held, held.world.firm)
    assert check_books() == []
    assert not LedgerRow.objects.filter(measure="joining.joined").exclude(union_id=held.world.street.pk).exists()


def test_where_the_holder_wants_to_be_asked_it_is(held):
    held.rule("ask", "joining.fit_release")
    actions.accept_fit(public_id=held.offered(), actor=held.me)
    assert (Transfer.objects.get().state, Transfer.objects.get().responsible) == ("requested", held.world.street)


def test_later_asks_again_after_the_days_in_force_and_not_for_ever(held):
    held.rule(40, "joining.fit_again_days")
    held.rule(2, "joining.fit_times")
    key = held.offered()
    actions.put_off_fit(public_id=key, actor=held.me)
    assert held.fit().ask_again_on == clock.today() + timedelta(days=40)
    assert held.later(39)["again"] == 0
    assert held.later(1)["again"] == 1
    assert (held.fit().state, held.fit().times) == ("offered", 2)
    assert Message.objects.filter(user=held.person.user_id, kind="joining.fit_asked_again").count() == 1
    assert held.later(60)["resting"] == 1, "silence is later, not no"
    held.later(41)
    assert held.fit().state == "lapsed"
    assert held.later(100) == {"closed": 0, "resting": 0, "again": 0, "offered": 0}


def test_who_said_later_may_say_yes_before_the_day(held):
    key = held.offered()
    actions.put_off_fit(public_id=key, actor=held.me)
    assert actions.accept_fit(public_id=key, actor=held.me).transfer.state == "released"


def test_the_trade_and_the_place_of_work_lead_to_a_union_too(held):
    plan = NewUnion("RIDERS", "骑手联合工会", "joint", "EAST", area_code="110101", founded_on=clock.today())
    (riders,) = found_unions(actor=SYSTEM, plans=[plan])
    elsewhere = a_member(held.tree["WEST-1"], person=a_person("柳远", category="courier"))
    held.rule(["employer", "courier=RIDERS", "courier=NOSUCH", "place"])
    assert jobs.tend(None)["offered"] == 2
    assert {(fit.union, fit.ground) for fit in Fit.objects.all()} == {(riders, "category")}
    assert Fit.objects.get(membership=elsewhere).held == held.tree["WEST-1"]
    Fit.objects.all().delete()
    held.rule(["place"])
    assert jobs.tend(None)["offered"] == 0, "the street of the place of work holds them already"
    officers.retain(public_id=elsewhere.public_id, day=clock.today(), reason="暂时没有工作", actor=SYSTEM)
    transfers.request_transfer(union_code="EAST-2", actor=held.me)
    assert jobs.tend(None)["offered"] == 0, "nobody is asked while they are on their way"


def test_who_is_held_by_a_street_where_they_do_not_work_is_offered_the_one_where_they_do(held):
    key = transfers.request_transfer(union_code="EAST-2", actor=held.me).public_id
    transfers.release_transfer(public_id=key, actor=held.world.officer)
    transfers.accept_transfer(public_id=key, actor=held.world.other_officer)
    held.rule(["place"])
    jobs.tend(None)
    assert (held.fit().union, held.fit().ground) == (held.world.street, "place")


def test_an_offer_ends_when_the_membership_or_the_union_is_no_longer_there(held):
    held.offered()
    officers.retain(public_id=held.membership.public_id, day=clock.today(), reason="暂时没有工作", actor=SYSTEM)
    assert jobs.tend(None)["closed"] == 1
    officers.take_up(public_id=held.membership.public_id, day=clock.today(), actor=SYSTEM)
    assert jobs.tend(None)["offered"] == 1, "who is back is offered it anew"
    held.world.clock.set(clock.today() + timedelta(days=1))
    close_union(actor=SYSTEM, union_id=held.tree["SHOP"].pk, day=clock.today())
    close_union(actor=SYSTEM, union_id=held.world.firm.pk, day=clock.today())
    assert jobs.tend(None)["closed"] == 1


def test_members_of_an_employers_union_are_not_offered_anything(held):
    a_member(held.world.firm, person=a_person("柳有"))
    held.founds()
    assert jobs.tend(None)["offered"] == 1


def test_a_rule_that_cannot_be_read_is_refused_with_the_line(held):
    for line in ("courier", "courier=", "street", "courier = X"):
        with pytest.raises(DomainError) as refused:
            held.rule(["employer", line])
        assert refused.value.code == "PARAMETER_VALUE"
        assert line in str(refused.value.message)


def test_the_phone_shows_it_and_takes_three_answers(held):
    key = held.offered()
    phone, page = member_client(held.me), f"/joining/fits/{key}/"
    assert "有一个工会更适合您" in phone.get("/").text
    shown = phone.get(page).text
    assert all(text in shown for text in ("转到这个工会", "以后再说", "不转", "全部权利和待遇"))
    assert phone.post(f"{page}put_off_fit/").status_code == 302
    assert "以后再问您一次" in phone.get(page).text
    assert "有一个工会更适合您" not in phone.get("/").text
    assert phone.post(f"{page}put_off_fit/").status_code == 409
    assert phone.post(f"{page}lapse_fit/").status_code == 404
    assert "/joining/transfers/" in phone.post(f"{page}accept_fit/").url
    assert phone.post(f"{page}accept_fit/").status_code == 409
    stranger = member_client(signed_in(a_person("柳旁", user_id=testing.applicant(171).user_id)))
    assert stranger.get(page).status_code == 404
    assert stranger.post(f"{page}decline_fit/").status_code == 404


def test_officers_read_numbers_and_no_names(held):
    held.offered()
    desk = staff_client(held.world.firm_officer)
    page = desk.get("/console/joining/fits/").text
    assert held.world.firm.name in page
    assert held.person.name not in page
    assert held.world.firm.name not in staff_client(held.world.other_officer).get("/console/joining/fits/").text
    assert desk.get("/console/joining/fits/?export=xlsx").status_code == 200
    assert staff_client(held.world.agent).get("/console/joining/fits/").status_code == 403
    actions.accept_fit(public_id=held.fit().public_id, actor=held.me)
    assert "接收已同意的会员" in desk.get("/console/joining/fits/?waiting=yes").text


def corrected(held, employer):
    """The member says where they work, and an officer agrees."""
    asked = corrections.request(kind="employer", wished=employer, papers=[a_photo()], actor=held.me)
    corrections.apply(public_id=asked.public_id, actor=held.world.officer)


def test_an_offer_follows_the_employer_that_was_corrected(held, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    key = held.offered()
    Employer.objects.create(name="步行一号店", kind="private", headcount=9, union=held.tree["SHOP"])
    held.later(1)
    corrected(held, "步行一号店")
    assert held.later(1) == {"closed": 1, "resting": 0, "again": 0, "offered": 1}
    assert Fit.objects.get(public_id=key).state == "closed"
    fit = Fit.objects.open().get()
    assert (fit.union, fit.ground) == (held.tree["SHOP"], "employer")
    corrected(held, "还没有工会的小店")
    assert held.later(1) == {"closed": 1, "resting": 0, "again": 0, "offered": 0}
    corrected(held, "新站快递")
    assert held.later(1)["offered"] == 1
    assert Fit.objects.open().get().union == held.world.firm, "what was only closed may be offered again"
    assert jobs.tend(None) == {"closed": 0, "resting": 0, "again": 0, "offered": 0}


class Walk:
    """Five held members, three employers that found a union or not, days that go by: by one seed."""

    def __init__(self, world, seed):
        self.world, self.chance, self.done = world, random.Random(seed), Counter()
        self.people = []
        for serial in range(5):
            row, who = testing.application(190 + serial, world.street, employer_name=f"步行{serial % 3}号店")
            approve(public_id=row.public_id, actor=world.officer)
            self.people.append(signed_in(Membership.objects.get(person__user=who.user_id).person))

    def step(self):
        what = self.chance.choice(("found", "days", "days", *["answer"] * 6, "accept", "accept", "retain"))
        try:
            getattr(self, f"_{what}")()
        except DomainError:
            self.done["refused"] += 1
        else:
            self.done[what] += 1

    def _found(self):
        name = f"步行{self.chance.randrange(3)}号店"
        union = self.world.tree[self.chance.choice(("FIRM", "SHOP", "EAST-2"))]
        Employer.objects.filter(name=name).delete()
        Employer.objects.create(name=name, kind="private", headcount=9, union=union)

    def _days(self):
        self.world.clock.set(clock.today() + timedelta(days=self.chance.choice((1, 20, 50, 100))))
        jobs.tend(None)
        transfer_jobs.let_pass(None)

    def _answer(self):
        me = self.chance.choice(self.people)
        fit = Fit.objects.open().filter(person=me.person_id).first()
        if fit is not None:
            act = self.chance.choice(
                (actions.accept_fit, actions.put_off_fit, actions.put_off_fit, actions.decline_fit)
            )
            act(public_id=fit.public_id, actor=me)

    def _accept(self):
        for transfer in Transfer.objects.filter(state__in=("released", "upper_accept")):
            act = self.chance.choice((transfers.accept_transfer, transfers.refuse_transfer))
            said = {"reason": "材料还没有备齐"} if act is transfers.refuse_transfer else {}
            act(public_id=transfer.public_id, actor=SYSTEM, **said)

    def _retain(self):
        held = Membership.objects.current().get(person=self.chance.choice(self.people).person_id)
        act = officers.take_up if held.state == "retained" else officers.retain
        said = {} if held.state == "retained" else {"reason": "暂时没有工作"}
        act(public_id=held.public_id, day=clock.today(), actor=SYSTEM, **said)

    def holds(self):
        """Nobody loses a right by an offer: one current membership each, counted where it stands."""
        current = Membership.objects.current()
        assert sorted(current.values_list("person", flat=True)) == sorted(me.person_id for me in self.people)
        marked = set(current.filter(state="transferring").values_list("person", flat=True))
        accepted = Transfer.objects.filter(state__in=("requested", "released", "upper_release", "upper_accept"))
        assert marked == set(accepted.values_list("person", flat=True)), "an offer alone moves no membership"
        said_no = Counter(Fit.objects.filter(state="declined").values_list("membership", "union"))
        assert max(said_no.values(), default=0) <= 1
        again = Fit.objects.open().filter(membership__in=[one for one, _union in said_no])
        assert not {(fit.membership_id, fit.union_id) for fit in again} & set(said_no)


@pytest.mark.parametrize("seed", [5, 11, 23])
def test_whatever_is_answered_nobody_loses_a_right_and_no_is_no(world, seed):
    walk = Walk(world, seed)
    for _step in range(50):
        walk.step()
        walk.holds()
    assert min(walk.done[what] for what in ("found", "days", "answer", "accept")) > 0, walk.done
    assert Fit.objects.filter(state="accepted").exists()
    assert check_books() == []


def test_every_answer_leads_somewhere():
    for state in OPEN_STATES:
        assert {"accept_fit", "decline_fit"} <= {move.event for move in FIT.moves_from(state)}
