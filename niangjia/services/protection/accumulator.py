"""What was used of each limit: read under a lock, taken by an approval, given back when it is undone.

Whoever decides a claim locks the person's and the household's row in the plan first, always in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from niangjia.commons.people.models import HouseholdMember
from niangjia.kernel.errors import Conflict
from niangjia.kernel.text import _
from niangjia.services.protection.catalogue import Basis, Scope
from niangjia.services.protection.claim_models import AccumulatorEntry, Claim, Holder
from niangjia.services.protection.rules import Use
from niangjia.services.protection.terms import LimitTerms, Terms


@dataclass(frozen=True)
class Chain:
    """One limit of one holder, by its columns."""

    holder_key: str
    basis: str
    period: str
    cover: str
    measure: str
    ceiling: int


@dataclass(frozen=True)
class Standing:
    """The last entry of a chain: what is used, and how many entries there are."""

    used: int = 0
    sequence: int = 0


def person_key(claim: Claim) -> str:
    """Under which key limits of a person stand."""
    return f"p:{claim.person.public_id}"


def household_key(claim: Claim) -> str:
    """Under which key limits of a household stand; a person who lives alone is a household of their own."""
    home = HouseholdMember.objects.filter(person=claim.person_id, until=None).values_list("household__public_id")
    found = home.first()
    return f"h:{found[0]}" if found else person_key(claim)


def chains(claim: Claim, terms: Terms) -> list[Chain]:
    """The chain of each of ``terms.ceilings``, in their order."""
    keys = {Scope.PERSON: person_key(claim), Scope.HOUSEHOLD: household_key(claim)}
    return [_chain(claim, limit, keys[Scope(limit.scope)]) for limit in terms.ceilings]


def _chain(claim: Claim, limit: LimitTerms, key: str) -> Chain:
    periods: Mapping[str, str] = {
        Basis.EVENT: f"{claim.event_day:%Y-%m-%d}",
        Basis.PERIOD: f"{claim.enrolment.from_day:%Y-%m-%d}" if claim.enrolment else "none",
        Basis.LIFE: "life",
    }
    return Chain(key, limit.basis, periods[limit.basis], limit.cover, limit.measure, limit.amount)


def lock(claim: Claim, wanted: Sequence[Chain]) -> None:
    """Hold the holders of ``wanted`` until the transaction ends."""
    for key in sorted({chain.holder_key for chain in wanted}):
        Holder.objects.get_or_create(plan_id=claim.plan_id, key=key)
        Holder.objects.select_for_update().get(plan_id=claim.plan_id, key=key)


def standing(plan_id: int, chain: Chain) -> Standing:
    """Where a chain stands."""
    rows = AccumulatorEntry.objects.filter(
        holder__plan=plan_id,
        holder__key=chain.holder_key,
        basis=chain.basis,
        period=chain.period,
        cover=chain.cover,
        measure=chain.measure,
    )
    last = rows.order_by("-sequence").values_list("used_after", "sequence").first()
    return Standing(*last) if last else Standing()


def used(claim: Claim, terms: Terms) -> list[int]:
    """What was used of each of ``terms.ceilings`` before, in their order."""
    wanted = chains(claim, terms)
    last = _last_of(claim.plan_id, {chain.holder_key for chain in wanted})
    return [last.get((one.holder_key, one.basis, one.period, one.cover, one.measure), 0) for one in wanted]


def _last_of(plan_id: int, holder_keys: Set[str]) -> dict[tuple[str, ...], int]:
    """What stands used of every chain of these holders."""
    rows = AccumulatorEntry.objects.filter(holder__plan=plan_id, holder__key__in=sorted(holder_keys))
    columns = ("holder__key", "basis", "period", "cover", "measure", "used_after")
    return {tuple(chain): used for *chain, used in rows.order_by("sequence").values_list(*columns)}


def take(claim: Claim, wanted: Sequence[Chain], uses: Sequence[Use]) -> None:
    """Write what an approval takes of ``wanted``, the chains of the terms' ceilings. Raises Conflict LIMIT_TAKEN when
    somebody else took it first."""
    try:
        with transaction.atomic():
            for use in uses:
                _write(claim, wanted[use.index], use.amount)
    except IntegrityError as error:
        raise Conflict("LIMIT_TAKEN", _("额度刚刚被另一份理赔用去，请重新计算后再决定。")) from error


def give_back(claim: Claim) -> None:
    """Undo what the claim took, entry by entry; what was given back already stays."""
    taken = AccumulatorEntry.objects.select_related("holder").filter(claim=claim, reverses=None, reversed_by=None)
    for entry in taken.order_by("pk"):
        chain = Chain(entry.holder.key, entry.basis, entry.period, entry.cover, entry.measure, entry.ceiling)
        _write(claim, chain, -entry.amount, reverses=entry)


def _write(claim: Claim, chain: Chain, amount: int, *, reverses: AccumulatorEntry | None = None) -> None:
    holder, _created = Holder.objects.get_or_create(plan_id=claim.plan_id, key=chain.holder_key)
    now = standing(claim.plan_id, chain)
    AccumulatorEntry.objects.create(
        holder=holder,
        basis=chain.basis,
        period=chain.period,
        cover=chain.cover,
        measure=chain.measure,
        sequence=now.sequence + 1,
        amount=amount,
        used_after=now.used + amount,
        ceiling=max(chain.ceiling, now.used) if amount < 0 else chain.ceiling,
        claim=claim,
        reverses=reverses,
    )
