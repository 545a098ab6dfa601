"""One person, one membership: what is known about an applicant's number and phone, and who the person becomes."""

from __future__ import annotations

from niangjia.commons.people import actions as people
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.states import Origin
from niangjia.kernel import clock, identifiers
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.platform.accounts import owners
from niangjia.platform.accounts.models import User
from niangjia.platform.personal_data import consents
from niangjia.platform.personal_data.blind_index import blind_index
from niangjia.services.joining import rules
from niangjia.services.joining.models import Application
from niangjia.services.joining.rules import Identity, IdentityFacts


def judge(application: Application) -> Identity:
    """What the number and phone of an application mean today."""
    person = _known(application)
    others = Application.objects.open().exclude(applicant_id=application.applicant_id)
    return rules.judge_identity(
        IdentityFacts(
            known=person is not None,
            is_self=person is not None and person.user_id == application.applicant_id,
            same_name=person is not None and person.name == application.name,
            same_phone=person is not None and person.phone_index == application.phone_index,
            has_user=person is not None and person.user_id is not None,
            is_member=person is not None and Membership.objects.current().filter(person=person).exists(),
            phone_taken=_phone_taken(application, person),
            pending_elsewhere=others.filter(id_index=application.id_index, identity_check=False).exists(),
        )
    )


def needs_a_check(application: Application) -> bool:
    """Whether a person must look at the identity first. Raises Conflict ALREADY_MEMBER."""
    verdict = judge(application)
    if verdict is Identity.MEMBER:
        raise Conflict(
            "ALREADY_MEMBER",
            _("您已经是工会会员，不用再申请。请用登记的手机号登录；换了手机号，在“我的信息→号码被占用”里找回。"),
        )
    return verdict is Identity.CHECK


def member_without_account(*, name: str, id_number: str, user_id: int) -> Person | None:
    """The member with this name, this number and the phone of this account, whom no account belongs to: entered from a
    roster, or their account was closed. Nobody for an account that is somebody's already.

    Raises RuleBroken for a number or name that cannot be one.
    """
    user, wanted = User.objects.get(pk=user_id), identifiers.person_name(name)
    number = identifiers.resident_id(id_number).number
    if not user.phone or Person.objects.filter(user=user).exists():
        return None
    rows = Person.objects.canonical().filter(user=None, id_index=blind_index("people.id_number", number))
    found = rows.filter(phone_index=blind_index("people.phone", user.phone)).first()
    if found is None or found.name != wanted:
        return None
    return found if Membership.objects.current().filter(person=found).exists() else None


def require_not_open_already(application: Application) -> None:
    """One open application at a time. Raises Conflict APPLICATION_OPEN naming the open one."""
    if Application.objects.open().filter(applicant_id=application.applicant_id).exists():
        raise open_already(application)


def open_already(application: Application) -> Conflict:
    """The answer to a second application: the first one's number, and where to follow it."""
    number = (
        Application.objects.open()
        .filter(applicant_id=application.applicant_id)
        .values_list("number", flat=True)
        .first()
    )
    if number is None:
        return Conflict("STALE", _("同一时间有另一份申请用了这个证件号，请稍后再试。"))
    return Conflict("APPLICATION_OPEN", _("您的申请 {number} 正在办理，不用再次提交。", number=number))


def person_of(application: Application, actor: Actor) -> Person:
    """The person that the applicant is, registered now if unknown. Raises RuleBroken IDENTITY_UNRESOLVED."""
    verdict = judge(application)
    if verdict in (Identity.CHECK, Identity.MEMBER):
        raise RuleBroken(
            "IDENTITY_UNRESOLVED",
            _("这个证件号或手机号已登记在别处，不能直接通过。请让申请人核对证件号和姓名，或说明理由后不通过。"),
        )
    person = _known(application) or Person.objects.filter(user_id=application.applicant_id).first()
    if person is None:
        return people.register_person(
            name=application.name,
            id_number=application.id_number,
            phone=application.phone,
            category=application.category,
            user_id=application.applicant_id,
            actor=actor,
        )
    return people.link_user(person, user_id=application.applicant_id, category=application.category, actor=actor)


def admit(person: Person, application: Application, actor: Actor, decision: Decision) -> Membership:
    """Open the membership; what the applicant agreed to becomes the person's. Raises Conflict ALREADY_MEMBER."""
    consents.hand_over(from_key=application.public_id, to_key=person.public_id)
    origin = Origin.STALL if application.stall_id else Origin.ONLINE
    return people.admit(person, application.home, actor=actor, decision=decision, day=clock.today(), origin=origin)


def known(user_id: int) -> owners.Known | None:
    """What the newest application of an account says about its owner."""
    newest = Application.objects.filter(applicant=user_id).order_by("-pk").first()
    return owners.Known(str(newest.id_number), str(newest.name)) if newest is not None else None


owners.register(known)


def _known(application: Application) -> Person | None:
    return Person.objects.canonical().filter(id_index=application.id_index).first()


def _phone_taken(application: Application, person: Person | None) -> bool:
    holders = Person.objects.canonical().filter(phone_index=application.phone_index)
    if person is not None:
        holders = holders.exclude(pk=person.pk)
    return holders.exclude(user_id=application.applicant_id).exists()
