"""What pages, desks and copies read of disputes. Neither side reads anything of the other, nor whether there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from niangjia.commons.parameters import parameters
from niangjia.commons.people.disputes import due, policies, raising, rules, settling
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.states import (
    DECISION_DAYS,
    DISPUTE,
    HOLDER_DAYS,
    OUTCOME_LABELS,
    Answer,
    DisputeEvent,
    DisputeKind,
    DisputeState,
    Outcome,
)
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions import tree
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.machine import Move
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.files.models import File
from niangjia.platform.personal_data import data_keys, looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.parts import Fact, TimelineEntry
from niangjia.platform.web.tones import Status, status_of

SUBJECT_TYPE = "people.dispute"
NOBODY = "—"
CHECKING = _("核实中")


def dispute_for(actor: Actor, public_id: str) -> Dispute:
    """One that the actor may see. Raises NotFound, the same for hidden and missing ones."""
    rows = policies.visible_disputes(actor).select_related("person", "holder", "union", "proposed_by", "merge")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def open_for_reading(actor: Actor, public_id: str) -> Dispute:
    """Like :func:`dispute_for`; an officer's opening is written down where both sides can read it."""
    dispute = dispute_for(actor, public_id)
    if actor.is_staff:
        looks.record(actor, keys(dispute), LookKind.OPENED)
    return dispute


def keys(dispute: Dispute) -> list[str]:
    """Under which both sides read who looked."""
    entries = [one.public_id for one in (dispute.person, dispute.holder) if one is not None]
    return list(dict.fromkeys([dispute.owner_key, dispute.holder_key, *entries]))


def is_asker(actor: Actor, dispute: Dispute) -> bool:
    """Whether the member raised it; else they are asked about it."""
    return dispute.asked_by_id == actor.user_id


def raised(actor: Actor) -> Sequence[Dispute]:
    """What the member raised, the newest first."""
    return _own(actor, "asked_by")


def asked_of(actor: Actor) -> Sequence[Dispute]:
    """What the member was asked about, the newest first."""
    return _own(actor, "holder_user")


def _own(actor: Actor, column: str) -> Sequence[Dispute]:
    if not actor.is_member or actor.user_id is None:
        return []
    rows = policies.visible_disputes(actor).filter(**{column: actor.user_id}).select_related("person")
    return list(rows.order_by("-created_at", "-pk")[:50])


def waits_on(actor: Actor, dispute: Dispute) -> bool:
    """Whether the member may still answer."""
    open_to = dispute.state in (DisputeState.ASKED, DisputeState.DECIDING) and not dispute.answer
    return open_to and bool(policies.may_answer(actor, dispute))


def may_withdraw(dispute: Dispute) -> bool:
    """Whether the asker may still take it back."""
    return DISPUTE.find(dispute.state, DisputeEvent.WITHDRAW) is not None


def member_status(dispute: Dispute) -> Status:
    """The state as its sides read it: one word for all that is open, because the others would tell of each other."""
    return Status(CHECKING, "info") if dispute.is_open else status_of(DISPUTE, dispute.state)


def is_refused(dispute: Dispute) -> bool:
    """Whether the union did not agree: only then the asker reads why."""
    return dispute.state == DisputeState.REFUSED


def status_label(dispute: Dispute) -> Text:
    """The word of :func:`member_status`."""
    return CHECKING if dispute.is_open else DISPUTE.state(dispute.state).label


def days_at_most() -> int:
    """Within how many working days whoever raises one has an answer, the same for everybody."""
    root = tree.root()
    day, union = clock.today(), root.pk if root is not None else None
    return sum(int(parameters.at(code, union, day).value) for code in (HOLDER_DAYS, DECISION_DAYS))


def masked_value(dispute: Dispute) -> str:
    """The number in dispute with stars."""
    return mask(dispute.kind, str(dispute.value))


def mask(kind: str, value: str) -> str:
    """A number with stars, by its kind."""
    hide = masks.mask_phone if kind == DisputeKind.PHONE else masks.mask_id_number
    return hide(value) or NOBODY


_FOR_SIDES = (
    DisputeEvent.RAISE, DisputeEvent.WITHDRAW, DisputeEvent.MOVE, DisputeEvent.CORRECT, DisputeEvent.JOIN,
    DisputeEvent.REFUSE,
)  # fmt: skip
_DONE: Mapping[str, Text] = {
    DisputeEvent.RAISE: _("提出申诉"),
    DisputeEvent.ANSWER: _("登记人答复"),
    DisputeEvent.PASS_ON: _("没有答复，转工会决定"),
    DisputeEvent.ASK_AGAIN: _("再问现在的登记人"),
    DisputeEvent.PROPOSE: _("提出决定，待复核"),
    DisputeEvent.SEND_BACK: _("退回重新决定"),
    DisputeEvent.MOVE: _("手机号已转"),
    DisputeEvent.CORRECT: _("证件号码已更正"),
    DisputeEvent.JOIN: _("认定同一个人"),
    DisputeEvent.MERGE: _("提出合并登记"),
    DisputeEvent.MERGE_DROPPED: _("合并没有通过"),
    DisputeEvent.REFUSE: _("没有同意"),
    DisputeEvent.WITHDRAW: _("撤回"),
}
_NOBODY_TO_ASK = _("问不到登记人，转工会决定")
_TONES = {"move": "good", "correct": "good", "join": "good", "refuse": "bad", "withdraw": "off", "send_back": "warn"}


def timeline(dispute: Dispute, *, for_side: bool) -> list[TimelineEntry]:
    """What happened, oldest first; a side reads no names, no reasons of officers, and nothing of the other side."""
    wanted = _FOR_SIDES if for_side else tuple(_DONE)
    rows = AuditEntry.objects.filter(
        subject_type=SUBJECT_TYPE,
        subject_id=dispute.public_id,
        action__in=[f"{DISPUTE.name}.{event}" for event in wanted],
    ).order_by("id")
    return [_entry(row, for_side=for_side) for row in rows]


def _entry(row: AuditEntry, *, for_side: bool) -> TimelineEntry:
    event = row.action.rsplit(".", 1)[1]
    tone = _TONES.get(event, "info")
    if for_side:
        return TimelineEntry(_DONE[event], row.at, tone=tone)
    done = _NOBODY_TO_ASK if row.ground == raising.NOBODY_TO_ASK else _DONE[event]
    who = _("本人") if row.actor_kind == "member" else row.by_whom
    return TimelineEntry(done, row.at, who=who, detail=row.reason, tone=tone)


@dataclass(frozen=True)
class Side:
    """One side as an officer reads it: facts with numbers masked unless they are unmasked, note and papers."""

    title: Text
    public_id: str
    facts: Sequence[Fact]
    note: str
    papers: Sequence[File]


def sides(dispute: Dispute, *, masked: bool = True) -> tuple[Side, Side]:
    """The asker and the holder, next to each other."""
    papers = list(dispute.papers.select_related("file").order_by("pk"))
    with data_keys.held([dispute.owner_key, dispute.holder_key]):
        return (
            _side(_("申请人"), dispute.person, [*_asker_facts(dispute, masked), *_entry_facts(dispute.person, masked)],
                  str(dispute.note), [one.file for one in papers if not one.by_holder]),
            _side(_("现在的登记人"), dispute.holder,
                  [*_entry_facts(dispute.holder, masked), *_holder_facts(dispute, masked)],
                  str(dispute.holder_note), [one.file for one in papers if one.by_holder]),
        )  # fmt: skip


def _side(title: Text, person: Person | None, facts: Sequence[Fact], note: str, papers: Sequence[File]) -> Side:
    return Side(title, person.public_id if person is not None else "", facts, note, papers)


_IN_HAND = _("短信验证码已验证，手机号在申请人手里")
_IN_CARE = _("短信验证码已验证，手机号在监护人或被监护人手里")


def _asker_facts(dispute: Dispute, masked: bool) -> list[Fact]:
    value = masked_value(dispute) if masked else str(dispute.value)
    facts = [Fact(_("申诉的{kind}", kind=dispute.kind_label), value)]
    if dispute.kind == DisputeKind.PHONE:
        facts.append(Fact(_("凭什么"), _IN_CARE if dispute.for_ward else _IN_HAND))
    if dispute.for_ward:
        facts.append(Fact(_("谁提出"), _("监护人代被监护人提出")))
    if dispute.left_at_once:
        facts.append(Fact(_("怎样提出"), _("用这个手机号登录后说不是自己的账户；号码已从登记人的账户取下，等待核实")))
    if dispute.person is None:
        facts.append(Fact(_("自报姓名"), str(dispute.stated_name)))
    return facts


def _entry_facts(person: Person | None, masked: bool) -> list[Fact]:
    if person is None:
        return [Fact(_("登记"), _("没有登记的个人信息"))]
    hide_id, hide_phone = (masks.mask_id_number, masks.mask_phone) if masked else (str, str)
    return [
        Fact(_("姓名"), person.name),
        Fact(_("证件号码"), hide_id(str(person.id_number)) or NOBODY),
        Fact(_("手机号"), hide_phone(str(person.phone)) or NOBODY),
        Fact(_("会籍"), _membership(person)),
        Fact(_("登录账号"), _("有") if person.user_id else _("没有")),
    ]


def _membership(person: Person) -> str:
    newest = Membership.objects.filter(person=person).select_related("union").order_by("-pk").first()
    return f"{newest.union.name} · {newest.state_label}" if newest else str(_("没有会籍"))


def _holder_facts(dispute: Dispute, masked: bool) -> list[Fact]:
    facts = [Fact(_("答复"), answer_label(dispute))]
    if dispute.answered_at is not None:
        facts.append(Fact(_("答复时间"), dispute.answered_at))
    if dispute.answer and dispute.kind == DisputeKind.PHONE:
        facts.append(Fact(_("凭什么"), _("正用这个手机号登录") if dispute.holder_signs_in else _("用别的手机号登录")))
    if dispute.right_number:
        right = mask(dispute.kind, str(dispute.right_number)) if masked else str(dispute.right_number)
        facts.append(Fact(_("正确的号码"), right))
    return facts


def answer_label(dispute: Dispute) -> Text:
    """What the holder said, in words."""
    if dispute.answer:
        return rules.ANSWERS[DisputeKind(dispute.kind)][Answer(dispute.answer)]
    if dispute.holder_id is None and dispute.holder_user_id is None:
        return _("号码没有登记在别处")
    return _("还没有答复") if dispute.holder_user_id is not None else _("没有登录账号，问不到")


def paper_for(actor: Actor, public_id: str, file_id: str) -> File:
    """A paper; a member reads one's own side's, an officer's opening is a look. Raises NotFound."""
    dispute = dispute_for(actor, public_id)
    papers = dispute.papers.filter(file__public_id=file_id).select_related("file")
    if not actor.is_staff:
        papers = papers.filter(by_holder=not is_asker(actor, dispute))
    paper = papers.first()
    if paper is None:
        raise policies.not_found()
    if actor.is_staff:
        looks.record(actor, [dispute.holder_key if paper.by_holder else dispute.owner_key], LookKind.OPENED)
    return paper.file


@dataclass(frozen=True)
class Choice:
    """A move on an officer's page: open, or grey with the sentence why."""

    event: str
    label: Text
    consequence: Text | None
    refusal: Text | None


DECIDE, CONFIRM = "decide", "confirm"


def choices(actor: Actor, dispute: Dispute) -> list[Choice]:
    """What an officer may do from here."""
    if dispute.state == DisputeState.DECIDING:
        may = policies.may_decide(actor, dispute).refusal
        again = DISPUTE.require(dispute.state, DisputeEvent.ASK_AGAIN)
        found = [Choice(DECIDE, _("作出决定"), None, may)]
        return [*found, _choice(again, may)] if settling.holder_changed(dispute) else found
    if dispute.state == DisputeState.REVIEW:
        settled = DISPUTE.require(dispute.state, dispute.outcome)
        back = DISPUTE.require(dispute.state, DisputeEvent.SEND_BACK)
        agree = Choice(
            CONFIRM, _("同意：{what}", what=OUTCOME_LABELS[Outcome(dispute.outcome)]), settled.consequence,
            policies.may_confirm(actor, dispute).refusal,
        )  # fmt: skip
        return [agree, _choice(back, policies.may_decide(actor, dispute).refusal)]
    return []


def _choice(move: Move, refusal: Text | None) -> Choice:
    return Choice(move.event, move.label, move.consequence, refusal)


def outcomes(dispute: Dispute) -> list[tuple[str, Text]]:
    """What may be decided, in words."""
    kind = DisputeKind(dispute.kind)
    changing = Outcome.MOVE if kind is DisputeKind.PHONE else Outcome.CORRECT
    joining = [Outcome.JOIN] if settling.may_join(dispute) else []
    return [(one.value, OUTCOME_LABELS[one]) for one in (changing, *joining, Outcome.REFUSE)]


def proposed(dispute: Dispute) -> Text | None:
    """What a colleague proposed and another must agree to."""
    return OUTCOME_LABELS[Outcome(dispute.outcome)] if dispute.state == DisputeState.REVIEW else None


def others_about(dispute: Dispute) -> int:
    """How many other disputes concern the same holder and wait."""
    if dispute.holder_id is None:
        return 0
    rows = Dispute.objects.open().filter(holder=dispute.holder_id).exclude(pk=dispute.pk)
    return int(rows.count())


def answer_by(dispute: Dispute) -> object:
    """By when the holder should answer, for the holder's page."""
    return due.answer_by(dispute) if dispute.state == DisputeState.ASKED else None


def desk_numbers(actor: Actor, ids: Sequence[int]) -> Mapping[int, tuple[str, str, str, str]]:
    """How disputes read on a desk: number, title, detail, address. No name: the case is about two."""
    rows = policies.visible_disputes(actor).filter(pk__in=ids)
    return {
        row.pk: (
            row.number,
            str(_("{kind}占用申诉", kind=row.kind_label)),
            str(DISPUTE.state(row.state).label),
            f"/console/disputes/{row.public_id}/",
        )
        for row in rows
    }
