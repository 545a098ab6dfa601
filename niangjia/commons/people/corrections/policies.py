"""Who may see a correction and who may answer it: each question beside its queryset twin."""

from __future__ import annotations

from django.db.models import Q

from niangjia.commons.people.corrections.models import Correction, CorrectionQuerySet
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.own_data.wards import is_own_or_ward
from niangjia.commons.people.policies import KEEPERS, READERS, is_own_or_kin, may_keep_at, visible_people
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.policies import ground_of
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _


def not_found() -> NotFound:
    """The one answer for a request that does not exist and for one out of sight."""
    return NotFound("NOT_FOUND", _("没有找到这份更正申请。"))


def visible_corrections(actor: Actor) -> CorrectionQuerySet:
    """Those one asked for oneself as a member; as an officer those of one's unions and below, never about what one
    asked as a member."""
    rows: CorrectionQuerySet = Correction.objects.all()
    if actor.is_system:
        return rows
    if actor.user_id is None:
        return rows.none()
    if actor.is_member:
        return rows.filter(asked_by=actor.user_id, by_officer=False)
    if actor.is_staff and actor.grants_of(*READERS):
        own = Q(asked_by=actor.user_id, by_officer=False)
        return rows.filter(scope.within(actor, *READERS)).exclude(own)
    return rows.none()


def listed_corrections(actor: Actor) -> CorrectionQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    return visible_corrections(actor).filter(scope.shown(actor, *READERS))


def may_request(actor: Actor, person_id: int) -> Decision:
    """Ask: a member about themselves, or a guardian about a child of their household."""
    if actor.is_member and is_own_or_ward(actor, person_id):
        return allow("own")
    return refuse("NOT_YOURS", _("只有本人或监护人可以这样操作。"))


def may_propose(actor: Actor, person: Person) -> Decision:
    """Propose with a paper: an officer of the union of the newest membership; never about oneself or one's kin."""
    newest = Membership.objects.filter(person=person).order_by("-pk").values_list("union_id", flat=True).first()
    if newest is None or not visible_people(actor).filter(pk=person.pk).exists():
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    here = may_keep_at(actor, newest)
    if here and is_own_or_kin(actor, person.pk):
        return refuse("OWN_CASE", _("不能办理自己或亲属的更正，请交给同事。"))
    return here


def may_act_for_self(actor: Actor, correction: Correction) -> Decision:
    """Supply and withdraw: who asked, while they may still ask."""
    if actor.is_system:
        return allow("system")
    if correction.by_officer:
        own = actor.is_staff and actor.user_id == correction.asked_by_id
        return allow("own") if own else refuse("NOT_YOURS", _("只有提出的同事可以撤回。"))
    if actor.is_member and actor.user_id == correction.asked_by_id:
        return may_request(actor, correction.person_id)
    return refuse("NOT_YOURS", _("只有本人或监护人可以这样操作。"))


def may_decide(actor: Actor, correction: Correction) -> Decision:
    """Answer: an officer of the union or of one above, never about oneself, one's kin, or what one asked for."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(correction.union_id), *KEEPERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    if correction.by_officer and actor.user_id == correction.asked_by_id:
        return refuse("OWN_PROPOSAL", _("要由另一位同事核对，不能核对自己提出的更正。"))
    if actor.user_id == correction.asked_by_id or is_own_or_kin(actor, correction.person_id):
        return refuse("OWN_CASE", _("不能办理自己或亲属的更正，请交给同事。"))
    return allow(ground_of(grant))
