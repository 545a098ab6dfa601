"""Who acts in the replay: the offices of a city that handle protection, each held by an invented person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from secrets import token_urlsafe

from niangjia.commons.payments import actions as payments
from niangjia.commons.unions import grants
from niangjia.commons.unions.actions import appoint
from niangjia.commons.unions.kinds import UnionKind
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.seed import CITY, plant_city
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.identifiers import invented_resident_id
from niangjia.platform.accounts import users
from niangjia.shells.replay import years

SYSTEM = Actor.system("replay")

PLAYERS = "replay-"
"""Names to sign in with of those who act begin so."""


@dataclass(frozen=True)
class Cast:
    """The unions of the city, and who acts for them. A second reviewer decides what the first has looked at.

    ``clerks`` are by the union whose agency they keep: one person, who acts at each with the office held there.
    """

    city: Union
    district: Union
    streets: list[Union]
    district_streets: list[Union]
    clerks: Mapping[int, Actor]
    bringer: Actor
    reviewer: Actor
    decider: Actor
    officer: Actor
    preparer: Actor
    releaser: Actor

    @property
    def elsewhere(self) -> list[Union]:
        """Streets and towns outside the district."""
        return [union for union in self.streets if union not in self.district_streets]


def gather() -> Cast:
    """Found the unions and give each office to somebody. Raises Conflict ROOT_EXISTS when there is a tree already."""
    planted = plant_city(SYSTEM)
    city, district = planted.unions[CITY], planted.unions[years.DISTRICT]
    streets = planted.of_kind(UnionKind.STREET, UnionKind.TOWN)
    own = [union for union in streets if union.code.startswith(years.DISTRICT)]
    offices, clerk = [city, district], _staff("clerk", Role.AGENCY_CLERK, streets)
    return Cast(
        city,
        district,
        streets,
        own,
        clerks={grant.node_id: replace(clerk, grants=(grant,)) for grant in clerk.grants},
        bringer=_staff("bringer", Role.AGENCY_CLERK, offices),
        reviewer=_staff("reviewer", Role.REVIEWER, offices),
        decider=_staff("decider", Role.REVIEWER, offices),
        officer=_staff("officer", Role.UNION_OFFICER, offices),
        preparer=_finance("preparer", Role.FINANCE_PREPARER, offices, 1),
        releaser=_finance("releaser", Role.FINANCE_RELEASER, offices, 2),
    )


def _finance(name: str, role: Role, unions: Iterable[Union], serial: int) -> Actor:
    """Who handles money is known by an ID number, so that nobody is two people."""
    actor = _staff(name, role, unions)
    number = invented_resident_id(serial, date(1980, 1, 9), "female")
    payments.identify(user_id=actor.user_id or 0, id_number=number, actor=SYSTEM)
    return actor


def _staff(name: str, role: Role, unions: Iterable[Union]) -> Actor:
    user = users.create_staff(name=f"{PLAYERS}{name}", display_name=name, password=token_urlsafe(24), actor=SYSTEM)
    for union in unions:
        appoint(actor=SYSTEM, user_id=user.pk, union_id=union.pk, role=role, valid_from=clock.today())
    return Actor(ActorKind.STAFF, name=name, user_id=user.pk, grants=grants.of_user(user.pk))
