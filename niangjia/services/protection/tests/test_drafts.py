"""A draft is written by forms, part by part, and each mistake stands beside its field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.clients import staff_client
from niangjia.services.protection import actions, cover_forms, plan_forms, six, termbooks
from niangjia.services.protection.catalogue import Formula
from niangjia.services.protection.models import Cover, PlanVersion
from niangjia.services.protection.states import VersionState
from niangjia.services.protection.terms import Tier

NEXT = date(2027, 1, 1)
KEY = {"idempotency_key": "a-key-of-the-page"}


@pytest.fixture
def draft(world):
    return actions.draw_up(plan_id=world.plan.pk, terms=six.six_gifts(6), valid_from=NEXT, actor=world.office)


@pytest.fixture
def browser(world):
    return staff_client(world.office)


def at(version, tail):
    return f"/console/protection/versions/{version.public_id}/{tail}"


def told(version):
    return termbooks.terms_of(PlanVersion.objects.get(pk=version.pk))


def posted(form):
    """What a browser sends of a form that it shows as it is."""
    sent = {}
    for bound in form:
        value = bound.value()
        if value is not None and value is not False:
            sent[bound.html_name] = "on" if value is True else value
    return sent


def body_of(cover, **changes):
    """The body of a cover's form, shown and sent again, with ``changes``."""
    editor = cover_forms.CoverEditor(cover, cover.code)
    body = posted(editor.form)
    for rows in editor.rows:
        body[f"{rows.name}-rows"] = str(rows.count)
        for form in rows.forms:
            body |= posted(form)
    return {**KEY, **body, **changes}


@pytest.mark.parametrize("cover", [*six.six_gifts(6).covers, six.STAY], ids=lambda cover: cover.code)
def test_a_cover_shown_and_sent_again_is_the_same(cover):
    editor = cover_forms.CoverEditor(cover, cover.code, body_of(cover))

    assert editor.is_valid(), editor.form.errors
    assert editor.cover() == cover


def test_every_part_of_a_cover_is_changed_in_its_form(draft, browser):
    rows = {"tiers-1-from_day": "45", "tiers-1-pays": "nothing", "tiers-1-fen": "", "papers-0-want": "welcome"}
    body = body_of(
        six.ILLNESS, name="大病", sum="15000", formula="share", per_cent="60", deductible_fen="50", claim_days="365",
        sex="female", child_to="17", **rows,
    )  # fmt: skip
    answer = browser.post(at(draft, "covers/critical_illness/"), body)
    cover = told(draft).cover("critical_illness")

    assert answer.status_code == 302
    assert (cover.name, cover.sum_fen, cover.claim_days, cover.sex, cover.child_to) == (
        "大病",
        15_000_00,
        365,
        "female",
        17,
    )
    assert (cover.formula, dict(cover.data)) == (Formula.SHARE, {"per_cent": 60, "deductible_fen": 50_00})
    assert cover.tiers == (Tier(0, 44, "nothing"), Tier(45, 60, "nothing"), Tier(61, None, "full"))
    assert cover.papers[0] == ("identity", False)
    assert told(draft).covers[1:] == six.six_gifts(6).covers[1:]


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"name": ""}, "form-name", "请填写：这项保障叫什么"),
        ({"sum": "1e5"}, "sum", "金额格式如 1234.56"),
        ({"sum": "0"}, "sum", "金额至少是"),
        ({"sum": "2000000"}, "sum", "不超过 1,000,000 元"),
        ({"claim_days": "0"}, "claim_days", "至少填 1"),
        ({"claim_days": "1_000"}, "claim_days", "请填整数"),
        ({"claim_days": "３６５"}, "claim_days", "请填整数"),
        ({"child_to": "61"}, "child_to", "最多填 60"),
        ({"formula": "poem"}, "formula", "选择"),
        ({"formula": "share", "per_cent": ""}, "per_cent", "请填写：给付比例"),
        ({"formula": "share", "per_cent": "101"}, "per_cent", "最多填 100"),
        ({"formula": "daily", "fen_per_day": "40", "first_day": "2"}, "most_days", "请填写：每次最多几天"),
        ({"formula": "area"}, "fen_per_square_metre", "请填写：每平方米"),
        ({"grades-0-grade": "3", "grades-1-grade": "3"}, "grades-1-grade", "这个等级上面已经有了"),
        ({"grades-0-fen": ""}, "grades-0-fen", "请填写金额"),
        ({"tiers-0-from_day": "5"}, "tiers-0-from_day", "最早的一段要从第 0 天起"),
        ({"tiers-1-from_day": "0"}, "tiers-1-from_day", "上面已经有一段从这一天起"),
        ({"tiers-0-pays": "consolation"}, "tiers-0-fen", "请填写慰问金的金额"),
        ({"tiers-0-fen": "100"}, "tiers-0-fen", "只有给付慰问金的一段才填金额"),
        ({"papers-0-paper": "poem"}, "papers-0-paper", "选择"),
    ],
)
def test_what_is_wrong_in_a_cover_is_said_beside_its_field(draft, browser, unchanged, change, field, says):
    second = {} if "tiers-1-from_day" not in change else {"tiers-1-pays": "full", "tiers-1-fen": ""}
    with unchanged():
        answer = browser.post(at(draft, "covers/accident/"), body_of(six.ACCIDENT, **second, **change))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert says in page
    assert f'id="id_{field.removeprefix("form-")}_error"' in page or field == "papers-0-paper"


def test_a_cover_by_grades_needs_grades(draft, browser):
    blank = {name: "" for name in body_of(six.ACCIDENT) if name.startswith("grades-") and name != "grades-rows"}
    answer = browser.post(at(draft, "covers/accident/"), body_of(six.ACCIDENT, **blank))

    assert (answer.status_code, "请在下面填写每个等级的金额" in answer.content.decode()) == (422, True)


def test_more_rows_come_without_judging_and_without_keeping(draft, browser, unchanged):
    with unchanged():
        answer = browser.post(at(draft, "covers/accident/"), body_of(six.ACCIDENT, name="", more="grades"))
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "grades-13-grade" in page
    assert "error-summary" not in page


@pytest.mark.parametrize("rows", ["", "-1", "x", "9999", "１２", "4" * 400])
def test_a_number_of_rows_that_makes_no_sense_is_no_error_of_ours(draft, browser, rows):
    answer = browser.post(at(draft, "covers/accident/"), body_of(six.ACCIDENT, **{"grades-rows": rows}))

    assert answer.status_code == 422


def test_the_preview_shows_the_new_words_and_keeps_nothing(draft, browser, unchanged):
    with unchanged():
        answer = browser.post(at(draft, "covers/home_loss/"), body_of(six.HOME, sum="12000", preview="1"))

    assert "最高 ¥\N{NO-BREAK SPACE}12,000.00" in answer.content.decode()
    assert told(draft) == six.six_gifts(6)


def test_a_cover_is_added_once_raised_and_taken_out_with_its_limits(draft, browser):
    body = body_of(six.STAY)
    for _twice in range(2):
        assert browser.post(at(draft, "covers/new/"), body).status_code == 302
    assert [cover.code for cover in told(draft).covers][-2:] == ["women_disease", "item_1"]
    browser.post(at(draft, "covers/item_1/up/"))
    assert [cover.code for cover in told(draft).covers][-2:] == ["item_1", "women_disease"]
    assert browser.get(at(draft, "covers/women_disease/drop/")).status_code == 200
    browser.post(at(draft, "covers/women_disease/drop/"))
    assert told(draft).cover("women_disease") is None
    assert "women_disease" not in {limit.cover for limit in told(draft).limits}
    assert AuditEntry.objects.filter(action="protection.plan_version.revise").count() == 3


def limits_body(terms, **changes):
    rows = plan_forms.limit_rows(terms)
    body = {"limits-rows": str(rows.count)}
    for form in rows.forms:
        body |= posted(form)
    return {**body, **changes}


def test_each_limit_comes_back_as_it_was_sent(draft, browser):
    row = {"cover": "accident", "basis": "event", "scope": "household", "measure": "days", "amount": "30"}
    more = {f"limits-4-{name}": value for name, value in row.items()}
    answer = browser.post(at(draft, "limits/"), limits_body(six.six_gifts(6), **more, **{"limits-0-amount": ""}))
    limits = told(draft).limits

    assert answer.status_code == 302
    assert limits[:3] == six.six_gifts(6).limits[1:]
    assert (limits[3].cover, limits[3].basis, limits[3].scope, limits[3].measure, limits[3].amount) == (
        "accident", "event", "household", "days", 30,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"limits-2-amount": "1e5"}, "limits-2-amount", "金额格式如"),
        ({"limits-0-amount": "1.5"}, "limits-0-amount", "请填整数"),
        ({"limits-0-amount": "0"}, "limits-0-amount", "至少填 1"),
        ({"limits-0-basis": "moon"}, "limits-0-basis", "选择"),
        ({"limits-1-cover": "critical_illness"}, "limits-1-cover", "管同一件事"),
        ({"limits-0-cover": "unknown"}, "limits-0-cover", "选择"),
    ],
)
def test_what_is_wrong_in_a_limit_is_said_beside_its_field(draft, browser, unchanged, change, field, says):
    with unchanged():
        answer = browser.post(at(draft, "limits/"), limits_body(six.six_gifts(6), **change))
    page = answer.content.decode()

    assert (answer.status_code, says in page, f'id="id_{field}_error"' in page) == (422, True, True)


def frame(terms, **changes):
    return {**KEY, **posted(plan_forms.TermsForm(initial=plan_forms.frame_of(terms))), **changes}


def test_the_frame_of_a_next_version_is_a_form_and_its_covers_are_those_of_the_last(world, browser):
    body = frame(
        six.six_gifts(6), valid_from="2027-01-01", cap="120000", age_to="65", months="24", categories=["courier"]
    )
    for _twice in range(2):
        answer = browser.post(at(world.second, "draw-up/"), body)
        assert answer.status_code == 302
    drawn = PlanVersion.objects.get(state=VersionState.DRAFT)
    wanted = replace(six.six_gifts(6), cap_fen=120_000_00, age_to=65, months=24, categories=("courier",))

    assert (termbooks.terms_of(drawn), drawn.valid_from) == (wanted, NEXT)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"age_from": "70"}, "age_to"),
        ({"valid_to": "2026-12-31"}, "valid_to"),
        ({"cap": "0.001"}, "cap"),
        ({"cap": "2000000"}, "cap"),
        ({"months": "37"}, "months"),
        ({"share_percent": "101"}, "share_percent"),
        ({"categories": ["astronaut"]}, "categories"),
        ({"valid_from": ""}, "valid_from"),
    ],
)
def test_what_is_wrong_in_the_frame_is_said_beside_its_field(draft, browser, unchanged, change, field):
    with unchanged():
        answer = browser.post(at(draft, "draw-up/"), frame(six.six_gifts(6), **{"valid_from": "2027-01-01", **change}))

    assert (answer.status_code, f'id="id_{field}_error"' in answer.content.decode()) == (422, True)


def test_a_new_plan_begins_empty_and_is_published_only_with_a_cover(world, browser):
    body = {**KEY, "union": world.city.code, "name": "家政工关爱保障", "code": "homecare-27", "kind": "free",
            "fund": "city_union", "valid_from": "2027-01-01", "cap_fen": "50000"}  # fmt: skip
    for _twice in range(2):
        assert browser.post("/console/protection/plans/new/", body).status_code == 302
    drawn = PlanVersion.objects.get(plan__code="homecare-27")
    with pytest.raises(RuleBroken) as refused:
        actions.publish(public_id=drawn.public_id, actor=world.other_office)
    assert (refused.value.code, drawn.plan.programme) == ("PLAN_TERMS", "protection.free.homecare-27")
    actions.put_cover(public_id=drawn.public_id, cover=six.ILLNESS, actor=world.office)
    actions.publish(public_id=drawn.public_id, actor=world.other_office)
    assert Cover.objects.get(version=drawn).name == "重大疾病"


@pytest.mark.parametrize(
    "change", [{"code": "六"}, {"code": "six"}, {"kind": "gift"}, {"union": "nowhere"}, {"name": ""}]
)
def test_a_new_plan_that_cannot_be_says_why(world, browser, unchanged, change):
    body = {**KEY, "union": world.city.code, "name": "新方案", "code": "new", "kind": "free", "fund": "city_union",
            "valid_from": "2027-01-01", "cap_fen": "50000", **change}  # fmt: skip
    with unchanged():
        answer = browser.post("/console/protection/plans/new/", body)

    assert (answer.status_code, f'id="id_{next(iter(change))}_error"' in answer.content.decode()) == (422, True)


def test_a_published_version_is_closed_to_every_form(world, browser, unchanged):
    with unchanged():
        for tail in ("covers/accident/", "covers/new/", "covers/accident/drop/", "limits/"):
            assert browser.get(at(world.second, tail)).status_code == 409
            assert browser.post(at(world.second, tail), {}).status_code == 409
        assert browser.post(at(world.second, "covers/accident/up/")).status_code == 409
    for act in (actions.drop_cover, actions.raise_cover):
        with pytest.raises(Conflict):
            act(public_id=world.second.public_id, code="accident", actor=world.office)


def test_a_cover_that_is_gone_meanwhile_is_not_found(world, draft):
    actions.drop_cover(public_id=draft.public_id, code="accident", actor=world.office)
    with pytest.raises(NotFound):
        actions.put_cover(public_id=draft.public_id, cover=six.ACCIDENT, code="accident", actor=world.office)


def test_whoever_changed_a_cover_does_not_publish(world, draft):
    actions.drop_cover(public_id=draft.public_id, code="accident", actor=world.other_office)

    assert PlanVersion.objects.get(pk=draft.pk).drawn_up_by_id == world.other_office.user_id


def test_a_strangers_draft_is_not_there(draft):
    west = staff_client(unions.an_officer([(unions.Union.objects.get(code="WEST"), Role.REVIEWER)], "west"))

    for tail in ("covers/accident/", "covers/new/", "limits/", "draw-up/"):
        assert west.get(at(draft, tail)).status_code == 404
