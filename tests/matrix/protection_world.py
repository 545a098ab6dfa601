"""What the matrix calls on in mutual-aid protection: plans of two districts, and claims at every step of their way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from niangjia.commons.people.models import Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.platform.accounts.models import User
from niangjia.platform.files.models import File
from niangjia.services.protection import actions, six, testing
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.models import Plan
from niangjia.services.protection.states import ClaimState
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = testing.SYSTEM
PLACES = {"EAST-1": "EAST", "WEST-1": "WEST"}
"""Members of these unions claim from the plan of their district."""
EAST_PLAN = "east"
A_PAPER, DRAFTS_PAPER = "paperpaper00000000000000", "draftpaper00000000000000"
REASON = "哨兵请补一张清楚的证明"

for kind in ("version_draft", "version", "claim_draft", "claim_unit", "claim_review", "claim_decide", "claim_asked",
             "claim_refused", "claim_appealed", "claim_counter", "condolence"):  # fmt: skip
    MISSING.setdefault(kind, A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    for place, district in PLACES.items():
        plan = _plan(world, place, district)
        member = _insured(world, plan, place)
        _claims(world, plan, member, place)
        _beside(world, plan, member, place)
    east = Plan.objects.get(code=EAST_PLAN)
    _unit(world, east)


def _plan(world: World, place: str, district: str) -> Plan:
    plan = testing.a_plan(world.unions[district], district.lower())
    version = testing.a_version(plan, valid_from=date(2025, 1, 1))
    drawn = actions.draw_up(plan_id=plan.pk, terms=six.six_gifts(6), valid_from=date(2030, 1, 1), actor=SYSTEM)
    world.add("version", version.public_id, place)
    world.add("version_draft", drawn.public_id, district)
    return plan


def _insured(world: World, plan: Plan, place: str) -> Actor:
    user_id = world.actors[f"joined@{place}"].user_id
    person = Person.objects.get(user=User.objects.get(pk=user_id))
    version = plan.versions.order_by("number").first()
    assert version is not None
    testing.an_enrolment(
        version, person, world.unions[place], from_day=date(2026, 1, 1), protected_since=date(2025, 1, 1)
    )
    return Actor(ActorKind.MEMBER, name=person.name, user_id=user_id, person_id=person.pk)


def _claims(world: World, plan: Plan, member: Actor, place: str) -> None:
    def sent(days: int, state: ClaimState) -> Claim:
        claim = testing.a_claim(plan, member, "home_loss", event_day=clock.today() - timedelta(days=days))
        return testing.through_to(state, claim, unit=SYSTEM, agency=SYSTEM, office=SYSTEM, second=SYSTEM)

    asked, refused, appealed = (sent(days, ClaimState.AGENCY_CHECKED) for days in (12, 13, 14))
    actions.ask_more(public_id=asked.public_id, reason=REASON, actor=SYSTEM)
    for claim in (refused, appealed):
        actions.refuse(public_id=claim.public_id, reason=f"哨兵{place}不在范围", actor=SYSTEM)
    actions.lodge(public_id=appealed.public_id, ground=f"哨兵{place}不同意", actor=member)
    review, decide = sent(10, ClaimState.AGENCY_CHECKED), sent(11, ClaimState.OFFICE_REVIEW)
    draft = testing.a_begun_claim(plan, member, "home_loss", event_day=clock.today() - timedelta(days=9))
    for kind, claim in (
        ("claim_draft", draft), ("claim_review", review), ("claim_decide", decide), ("claim_asked", asked),
        ("claim_refused", refused), ("claim_appealed", appealed),
    ):  # fmt: skip
        world.add(kind, claim.public_id, place, f"joined@{place}")
        world.mark(place, f"joined@{place}", claim.number, claim.public_id, also=("agency_clerk",))
    if place == "EAST-1":
        _known_paper(review, A_PAPER)
        _known_paper(draft, DRAFTS_PAPER)


def _known_paper(claim: Claim, key: str) -> None:
    """The first paper under a fixed key; its content is not bound to the key in the address but to the row's."""
    paper = claim.papers.select_related("file").first()
    assert paper is not None
    file = paper.file
    name, secret, data = str(file.name), str(file.key), _content(file)
    File.objects.filter(pk=file.pk).update(public_id=key)
    renamed = File.objects.get(pk=file.pk)
    renamed.name, renamed.key = name, secret
    renamed.save()
    _rewrite(renamed, data)


def _content(file: File) -> bytes:
    from niangjia.platform.files import storage

    return storage.read(file).data


def _rewrite(file: File, data: bytes) -> None:
    from niangjia.platform.files import storage

    storage.remove(file.path)
    storage.write(file, data)


def _beside(world: World, plan: Plan, member: Actor, place: str) -> None:
    """A condolence that waits for somebody who grants it, and a claim begun by a clerk at the counter."""
    person_id = member.person_id or 0
    made = actions.propose(
        plan_id=plan.pk, person_id=person_id, occasion="illness", fen=50_000, bank_account=testing.a_card(),
        actor=SYSTEM,
    )  # fmt: skip
    world.add("condolence", made.public_id, place)
    clerk = world.officers["clerk"] if place == "EAST-1" else SYSTEM
    begun = actions.begin(plan_id=plan.pk, person_id=person_id, actor=clerk)
    world.add("claim_counter", begun.public_id, place)


def _unit(world: World, plan: Plan) -> None:
    """A claim that waits for the unit of the firm."""
    member = _insured(world, plan, "FIRM")
    claim = testing.a_claim(plan, member, "home_loss")
    world.add("claim_unit", claim.public_id, "FIRM", "joined@FIRM")
    world.mark("FIRM", "joined@FIRM", claim.number, also=("agency_clerk",))
