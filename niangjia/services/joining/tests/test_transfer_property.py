"""Whatever is done to transfers, in whatever order: one person, one current membership; the ledger is what stands."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people import officers
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.commons.unions.testing import SYSTEM
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.services.joining import testing
from niangjia.services.joining.transfers import actions, jobs
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import UNDER_WAY

PLACES = ("EAST-1", "EAST-2", "WEST-1", "FIRM")
STEPS = 60
ACTS = ("agree", "decline", "withdraw", "release", "release", "accept", "accept", "refuse", "raise")


class Walk:
    """Three members whom somebody asks, lets go, takes in, refuses and forgets, by one seed."""

    def __init__(self, world, seed):
        self.world, self.chance, self.moved = world, random.Random(seed), Counter()
        people = [a_person(f"柳步{'甲乙丙'[n]}", user_id=testing.applicant(90 + n).user_id) for n in range(3)]
        self.members = [a_member(world.tree[PLACES[n]], person=person) for n, person in enumerate(people)]
        self.phones = [signed_in(person) for person in people]

    def step(self):
        what = self.chance.choice(("ask", "propose", *["act"] * 9, "days", "retain"))
        try:
            getattr(self, f"_{what}")()
        except DomainError:
            self.moved["refused"] += 1
        else:
            self.moved[what] += 1

    def _ask(self):
        actions.request_transfer(union_code=self.chance.choice(PLACES), actor=self.chance.choice(self.phones))

    def _propose(self):
        member = self.chance.choice(self.members)
        code, name = self.chance.choice(PLACES), member.person.name
        actions.propose_transfer(union_code=code, member_number=member.number, name=name, actor=SYSTEM)

    def _act(self):
        transfer = self.chance.choice(list(Transfer.objects.open().order_by("pk")) or [None])
        if transfer is None:
            return
        which = self.chance.choice(ACTS)
        mine = next(phone for phone in self.phones if phone.person_id == transfer.person_id)
        said = {"reason": "材料还没有备齐"} if which == "refuse" else {}
        actor = mine if which in ("agree", "decline", "withdraw") else SYSTEM
        getattr(actions, f"{which}_transfer")(public_id=transfer.public_id, actor=actor, **said)

    def _days(self):
        self.world.clock.set(clock.today() + timedelta(days=self.chance.choice((1, 9, 30, 60))))
        jobs.let_pass(None)

    def _retain(self):
        member = Membership.objects.get(pk=self.chance.choice(self.members).pk)
        if member.state == "retained":
            officers.take_up(public_id=member.public_id, day=clock.today(), actor=SYSTEM)
        else:
            officers.retain(public_id=member.public_id, day=clock.today(), reason="暂时没有工作", actor=SYSTEM)

    def holds(self):
        current = Membership.objects.current()
        assert Counter(current.values_list("person", flat=True)) == Counter(m.person_id for m in self.members)
        stands = Counter(current.values_list("union_id", flat=True))
        booked = Counter()
        for union, qty in LedgerRow.objects.filter(measure="people.members").values_list("union_id", "qty"):
            booked[union] += qty
        assert +booked == stands
        assert all(m.stays.filter(until=None).get().union_id == m.union_id for m in current)
        marked = set(current.filter(state="transferring").values_list("pk", flat=True))
        assert marked == set(Transfer.objects.filter(state__in=UNDER_WAY).values_list("membership", flat=True))
        assert Transfer.objects.open().count() == Transfer.objects.open().values("person").distinct().count()


@pytest.mark.parametrize("seed", [2, 4, 7, 17])
def test_one_person_one_membership_and_the_ledger_is_what_stands(world, seed):
    walk = Walk(world, seed)
    for _step in range(STEPS):
        walk.step()
        walk.holds()
    assert min(walk.moved[what] for what in ("ask", "act", "days", "refused")) > 0, walk.moved
    assert Transfer.objects.filter(state="accepted").exists()
    assert check_books() == []
