"""What befalls memberships in the demonstration: transfers and offers in each state, exits, doubles, a wrong death.

A handful of each, at the streets that visitors see first; everything by the actions, on days in the past.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from niangjia.commons.parameters import parameters
from niangjia.commons.people import actions as people
from niangjia.commons.people import likeness
from niangjia.commons.people.likeness import Alike
from niangjia.commons.people.merge_models import Likeness
from niangjia.commons.people.merging import actions as merges
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.states import MembershipState
from niangjia.commons.people.wrong_deaths import actions as wrong_deaths
from niangjia.commons.unions import grants, tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind, Grant
from niangjia.kernel.identifiers import Sex, invented_phone, invented_resident_id
from niangjia.kernel.policy import allow
from niangjia.platform.accounts import phones
from niangjia.services.joining import demo_care
from niangjia.services.joining.exits import actions as exits
from niangjia.services.joining.fits import actions as fits
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.fits.rules import Found
from niangjia.services.joining.fits.states import Ground
from niangjia.services.joining.transfers import actions as transfers
from niangjia.services.joining.transfers.models import Transfer

SYSTEM = Actor.system("市总工会办公室")
SETTLED_FOR, IDLE_MONTHS = 230, 6
"""Members of so many days are taken, so that all that befalls them lies after they joined."""

FIRST_DOUBLE = 4000
REASON = "本人来电说明，已核对"


def fill(city: Any, street: Union, neighbour: Union) -> None:
    """Let it befall the members of ``street``: some leave for ``neighbour``, some come from other streets."""
    here, there = _members(Q(union=street)), _members(~Q(union=street) & Q(union__kind="street"))
    officer = _at_the_desk(city, "officer")
    with tree.remembered():
        _transfers(here, there, street, neighbour)
        _fits(here, street)
        _exits(here, street, officer)
        _doubles(here, street, officer)
        _wrong_death(here, officer)
        demo_care.fill(_members(Q(union=street), by=demo_care.SETTLED_FOR, until=SETTLED_FOR), officer, _visitor(city))


def _visitor(city: Any) -> Person | None:
    """The member as whom visitors sign in."""
    phone = next((entry.sign_in for entry in city.sign_ins if entry.role == "member"), "")
    return Person.objects.filter(user__phone_index=phones.index_of(phone)).first() if phone else None


def _members(where: Q, *, by: int = SETTLED_FOR, until: int = 0) -> Iterator[Membership]:
    """Members with an account of ``by`` days and more, of less than ``until``, longest first; each is taken once."""
    rows = Membership.objects.filter(where, state=MembershipState.ACTIVE, person__user__isnull=False)
    if until:
        rows = rows.filter(since__gt=clock.today() - timedelta(days=until))
    old = rows.filter(since__lte=clock.today() - timedelta(days=by)).select_related("person", "union")
    return iter(list(old.order_by("since", "pk")[:60]))


# Transfers


def _transfers(here: Iterator[Membership], there: Iterator[Membership], street: Union, neighbour: Union) -> None:
    """Two of each state in which somebody waits at the street, one of each other."""
    for back in (3, 1):
        _asked(next(here), neighbour, back)
    for back in (9, 2):
        _released(_asked(next(there), street, back + 2), back)
    _ends(_released(_asked(next(there), street, 50), 46), "accept_transfer", 44)
    _ends(_released(_asked(next(here), neighbour, 64), 60), "accept_transfer", 59)
    _ends(_asked(next(here), neighbour, 38), "refuse_transfer", 35, reason="会费还没有结清，请先到工会核对。")
    _ends(_asked(next(here), neighbour, 33), "raise_transfer", 13)
    _ends(_released(_asked(next(there), street, 40), 36), "raise_transfer", 15)
    _withdrawn(next(here), neighbour)
    _invited(next(there), street)


def _asked(membership: Membership, union: Union, back: int) -> Transfer:
    with _days_ago(back):
        return transfers.request_transfer(union_code=union.code, actor=_member(membership.person))


def _released(transfer: Transfer, back: int) -> Transfer:
    with _days_ago(back):
        return transfers.release_transfer(public_id=transfer.public_id, actor=_officer_of(transfer.old))


def _ends(transfer: Transfer, event: str, back: int, **said: str) -> None:
    """The union that must answer does; nobody's silence is the clock's."""
    actor = SYSTEM if event == "raise_transfer" else _officer_of(transfer.responsible)
    with _days_ago(back):
        getattr(transfers, event)(public_id=transfer.public_id, actor=actor, **said)


def _withdrawn(membership: Membership, union: Union) -> None:
    asked = _asked(membership, union, 20)
    with _days_ago(19):
        transfers.withdraw_transfer(public_id=asked.public_id, actor=_member(membership.person))


def _invited(membership: Membership, street: Union) -> None:
    """Asked by the street: the member says no, then the street asks again and nobody has answered yet."""
    said = {"union_code": street.code, "member_number": membership.number, "name": membership.person.name}
    for back, answered in ((30, True), (2, False)):
        with _days_ago(back):
            asked = transfers.propose_transfer(**said, actor=_officer_of(street))
        if answered:
            transfers.decline_transfer(public_id=asked.public_id, actor=_member(membership.person))


# Offers


def _fits(here: Iterator[Membership], street: Union) -> None:
    """Eight members for whom the joint union nearby is the one of their trade."""
    district = street.code[:6]
    joint = Union.objects.accepting(clock.today()).filter(kind="joint", area_code__startswith=district).first()
    if joint is None:
        return
    rules = ["employer", f"delivery_rider={joint.code}", "place"]
    _publish("joining.fit_rules", street, rules, days_ago=60)
    answers = ("accept_fit", "accept_fit", "accept_fit", "put_off_fit", "put_off_fit", "decline_fit", "", "")
    offered = [(_offered(next(here), joint, 12), answer) for answer in answers]
    for fit, answer in offered:
        if answer:
            with _days_ago(9):
                getattr(fits, answer)(public_id=fit.public_id, actor=_member(fit.person))
    first = Fit.objects.select_related("transfer").get(pk=offered[0][0].pk).transfer
    if first is not None:
        with _days_ago(6):
            transfers.accept_transfer(public_id=first.public_id, actor=_officer_of(joint))


def _offered(membership: Membership, union: Union, back: int) -> Fit:
    with _days_ago(back):
        return fits.offer_fit(membership=membership, found=Found(union.pk, Ground.CATEGORY), actor=SYSTEM)


# Exits


def _exits(here: Iterator[Membership], street: Union, officer: Actor) -> None:
    """The list of the silent: two to be looked at, one warned, one whose time is up, one of each answer."""
    _publish("joining.exit_after_months", street, IDLE_MONTHS, days_ago=100)
    for answer in ("", "", "warned", "over", "stays", "kept", "left", "undone"):
        _exit(next(here), officer, answer)


def _exit(membership: Membership, officer: Actor, answer: str) -> None:
    with _days_ago(80):
        key = exits.list_exit(membership=membership, actor=SYSTEM).public_id
    if answer:
        with _days_ago(5 if answer == "warned" else 75):
            exits.warn_exit(public_id=key, actor=officer)
    if answer == "stays":
        with _days_ago(70):
            exits.answer_exit(public_id=key, actor=_member(membership.person))
    if answer == "kept":
        exits.keep_exit(public_id=key, reason="会费由单位代扣，已和单位核对。", actor=officer)
    if answer in ("left", "undone"):
        with _days_ago(12):
            exits.deem_exit(public_id=key, reason="连续六个月没有会费和活动，提醒后没有回应。", actor=officer)
    if answer == "undone":
        exits.undo_exit(public_id=key, reason="会员外派，会费一直在缴，误办。", actor=officer)


# Doubles


def _doubles(here: Iterator[Membership], street: Union, officer: Actor) -> None:
    """Two likely doubles to be judged, one called the same and not proposed, one merge that waits for a colleague."""
    pairs = [_double_of(next(here), street, FIRST_DOUBLE + number) for number in range(4)]
    alike = [Alike(first.pk, second.id_index, ("birth_date", "name", "sex")) for first, second in pairs]
    likeness.note(alike, union_id=street.pk, source="")
    same, proposed = pairs[2], pairs[3]
    for first, second in (same, proposed):
        pair = Likeness.objects.get(person=first, other_index=second.id_index)
        likeness.judge(public_id=pair.public_id, verdict="same", reason=REASON, actor=officer)
    merges.propose(
        kept=proposed[0].public_id,
        merged=proposed[1].public_id,
        choices={},
        reason="名单里证件号多抄了一位，本人到场核对。",
        actor=officer,
    )


def _double_of(membership: Membership, street: Union, serial: int) -> tuple[Person, Person]:
    """The same human being entered again from a list, with another number."""
    first = membership.person
    birth = first.birth_date or date(1990, 5, 17)
    with transaction.atomic():
        second = people.register_person(
            name=first.name,
            id_number=invented_resident_id(serial, birth, Sex(first.sex)),
            phone=invented_phone(serial),
            category=first.category,
            actor=SYSTEM,
        )
        people.admit(second, street, actor=SYSTEM, decision=allow("system"), day=clock.today(), origin="roster")
    return first, second


def _wrong_death(here: Iterator[Membership], officer: Actor) -> None:
    """A death that an officer says did not happen; a colleague has to agree."""
    membership = next(here)
    with transaction.atomic():
        people.end_membership(
            membership, cause="record_death", day=clock.today(), actor=SYSTEM, decision=allow("system")
        )
    wrong_deaths.propose(person=membership.person.public_id, reason="本人到服务站办事，当面核对。", actor=officer)


# Who acts, when


def _publish(code: str, union: Union, value: Any, *, days_ago: int) -> None:
    day = clock.today() - timedelta(days=days_ago)
    parameters.publish(actor=SYSTEM, code=code, union_id=union.pk, valid_from=day, value=value)


def _member(person: Person) -> Actor:
    return Actor(ActorKind.MEMBER, name=person.name, user_id=person.user_id, person_id=person.pk)


def _officer_of(union: Union) -> Actor:
    grant = Grant(Role.UNION_OFFICER, union.pk, tree.path_of(union.pk))
    return Actor(ActorKind.STAFF, name="演示经办人", grants=(grant,))


def _at_the_desk(city: Any, sign_in: str) -> Actor:
    """Whoever signs in by that name."""
    user = city.users[sign_in]
    return Actor(ActorKind.STAFF, name=user.display_name, user_id=user.pk, grants=grants.of_user(user.pk))


def _days_ago(days: int) -> Any:
    return clock.travelling(clock.now() - timedelta(days=days, minutes=30))
