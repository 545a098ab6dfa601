"""Who may see and move money: each question beside its queryset twin.

Preparing and releasing are two offices, and two people (:mod:`hands`). A room that asks for a payment has judged by its
own rules; a member sees and corrects only their own.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from niangjia.commons.payments.models import Account, BankAccount, Batch, Payment, PaymentQuerySet, StrayLine
from niangjia.commons.people.models import Kinship, Person
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Appointment, AppointmentQuerySet
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotAllowed, NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _

READERS = (Role.FINANCE_PREPARER, Role.FINANCE_RELEASER)
PREPARERS = (Role.FINANCE_PREPARER,)
RELEASERS = (Role.FINANCE_RELEASER,)
IDENTIFIERS = (Role.SECURITY_ADMIN,)


def not_found() -> NotFound:
    """The one answer for what does not exist and for what is out of sight."""
    return NotFound("PAYMENT_NOT_FOUND", _("没有找到这笔付款或这个批次。"))


def visible_payments(actor: Actor) -> PaymentQuerySet:
    """A member's own; for finance those of their unions and of the ones below."""
    rows: PaymentQuerySet = Payment.objects.all()
    if actor.is_system:
        return rows
    if actor.is_member:
        return rows.filter(person=actor.person_id) if actor.person_id else rows.none()
    return rows.filter(scope.within(actor, *READERS)) if _is_finance(actor) else rows.none()


def visible_batches(actor: Actor) -> QuerySet[Batch]:
    """For finance those of their unions and of the ones below, for others none."""
    rows: QuerySet[Batch] = Batch.objects.all()
    if actor.is_system:
        return rows
    return rows.filter(scope.within(actor, *READERS)) if _is_finance(actor) else rows.none()


def visible_strays(actor: Actor) -> QuerySet[StrayLine]:
    """Lines of the bank's files that nobody could place, of the same batches."""
    rows: QuerySet[StrayLine] = StrayLine.objects.all()
    if actor.is_system:
        return rows
    return rows.filter(scope.within(actor, *READERS)) if _is_finance(actor) else rows.none()


def visible_accounts(actor: Actor) -> QuerySet[Account]:
    """The accounts of the same unions."""
    rows = Account.objects.all()
    if actor.is_system:
        return rows
    return rows.filter(scope.within(actor, *READERS)) if _is_finance(actor) else rows.none()


def visible_bank_accounts(actor: Actor) -> QuerySet[BankAccount]:
    """A member's own; for finance those that people of their unions named."""
    rows: QuerySet[BankAccount] = BankAccount.objects.all()
    if actor.is_system:
        return rows
    if actor.is_member:
        return rows.filter(person=actor.person_id) if actor.person_id else rows.none()
    return rows.filter(scope.within(actor, *READERS)) if _is_finance(actor) else rows.none()


def may_read(actor: Actor) -> Decision:
    """Open the pages of finance at all."""
    if actor.is_system:
        return allow("system")
    held = actor.grants_of(*READERS) if actor.is_staff else ()
    return allow(ground_of(held[0])) if held else refuse("NO_FINANCE_OFFICE", _("资金页面只有资金经办和资金复核能看。"))


def may_prepare(actor: Actor, union_id: int) -> Decision:
    """Draw up, prepare, discard, read what the bank answered: a preparer of the union or of one above."""
    return _by(actor, union_id, *PREPARERS)


def may_release(actor: Actor, union_id: int) -> Decision:
    """Release or send back: a releaser of the union or of one above. That it is another person is a rule."""
    return _by(actor, union_id, *RELEASERS)


def may_keep_accounts(actor: Actor, union_id: int) -> Decision:
    """Open a fund's accounts and take money in: a releaser, who draws up no batch."""
    return _by(actor, union_id, *RELEASERS)


def may_identify(actor: Actor) -> Decision:
    """Say who a user of finance is: a security administrator."""
    if actor.is_system:
        return allow("system")
    held = actor.grants_of(*IDENTIFIERS) if actor.is_staff else ()
    return allow(ground_of(held[0])) if held else refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))


def visible_finance_offices(actor: Actor) -> AppointmentQuerySet:
    """Appointments to finance that hold today, within the reach of whoever may say who these users are."""
    rows = Appointment.objects.in_force(clock.today()).filter(role__in=READERS)
    if not may_identify(actor):
        return rows.none()
    return rows.filter(scope.within(actor, *IDENTIFIERS))


def may_name_account(actor: Actor, person_id: int) -> Decision:
    """Say where one's money goes: the person alone."""
    if actor.is_system:
        return allow("system")
    if actor.is_member and actor.person_id == person_id:
        return allow("own")
    return refuse("NOT_YOURS", _("收款账户只能由本人登记。"))


def may_judge_account(actor: Actor, account: BankAccount) -> Decision:
    """Confirm or refuse an account that was named: a preparer, never about oneself or one's kin."""
    if account.union_id is None:
        return allow("system") if actor.is_system else refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    decision = _by(actor, account.union_id, *PREPARERS)
    if decision and not actor.is_system and near(actor).filter(pk=account.person_id).exists():
        return refuse("OWN_CASE", _("不能核对自己或亲属的收款账户，请交给同事。"))
    return decision


def near(actor: Actor) -> QuerySet[Person]:
    """The person behind a user, and their kin."""
    own = Person.objects.filter(user=actor.user_id).values("pk")
    kin = Kinship.objects.filter(person__in=own).values("relative")
    return Person.objects.filter(Q(pk__in=own) | Q(pk__in=kin))


def require_nobody_near(actor: Actor, *person_ids: int | None) -> None:
    """Nobody says of their own money, or of their kin's, that it has arrived. Raises NotAllowed OWN_PAYMENT."""
    wanted = [one for one in person_ids if one is not None]
    if not actor.is_system and wanted and near(actor).filter(pk__in=wanted).exists():
        raise NotAllowed("OWN_PAYMENT", _("这是付给您本人或亲属的款项，请交给同事办理。"))


def _is_finance(actor: Actor) -> bool:
    return actor.is_staff and bool(actor.grants_of(*READERS))


def _by(actor: Actor, union_id: int, *roles: str) -> Decision:
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(union_id), *roles) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    return allow(ground_of(grant))
