"""What the matrix calls on in the officers' pages of offers besides the members' campaigns: a draft, a supplier, and
an appeal, all of the district EAST."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from niangjia.commons.places.models import Site
from niangjia.kernel import clock
from niangjia.services.offers import actions, testing
from niangjia.services.offers.campaign.suppliers import SupplierData, add_supplier
from niangjia.services.offers.counter.models import AppealCause
from niangjia.services.offers.models import Reservation
from tests.matrix.offers_world import SITE

if TYPE_CHECKING:
    from tests.matrix.world import World


def add(world: World) -> None:
    """Put it all into the world, after the members' campaigns."""
    east = world.unions["EAST"]
    site = Site.objects.get(public_id=SITE)
    draft = testing.a_draft(east, sites=[site], title="哨兵草稿活动")
    world.add("draft", draft.public_id, "EAST")
    supplier = add_supplier(union_id=east.pk, data=SupplierData("哨兵供货合作社"), actor=testing.SYSTEM)
    world.add("supplier", supplier.public_id, "EAST")
    for text in (draft.public_id, draft.title, supplier.public_id, supplier.name):
        world.mark("EAST", "", text)
    _appealed(world, site)


def _appealed(world: World, site: Site) -> None:
    offer = testing.an_offer(world.unions["EAST"], sites=[site], title="哨兵旧活动")
    member = testing.a_member(world.unions["EAST-2"], 7902, name="哨兵乙")
    row = testing.reserve(offer, member)
    Reservation.objects.filter(pk=row.pk).update(day=clock.today() - timedelta(days=1))
    actions.give_up(public_id=row.public_id, actor=testing.SYSTEM)
    made = actions.appeal(reservation=row.public_id, cause=AppealCause.ILL, text="哨兵病情说明", actor=member)
    world.add("appeal", made.public_id, "EAST")
    for text in (made.public_id, "哨兵病情说明"):
        world.mark("EAST", "", text)
