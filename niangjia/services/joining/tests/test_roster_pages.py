"""The officers' pages of bulk joining."""

from __future__ import annotations

import io

import openpyxl
import pytest

from niangjia.commons.people import likeness
from niangjia.commons.people.likeness import Alike
from niangjia.commons.people.merge_models import Likeness
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import a_member, a_person
from niangjia.platform.accounts.models import User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.jobs import worker
from niangjia.platform.jobs.models import Job
from niangjia.platform.personal_data import masks
from niangjia.platform.testing.clients import staff_client
from niangjia.services.joining import testing_rosters as rosters
from niangjia.services.joining.rosters.models import Roster

KEY = "0123456789abcdef"


@pytest.fixture
def desk(world):
    return staff_client(world.officer)


def send(desk, file, key=KEY, **changes):
    body = {"union_code": "EAST-1", "on_transfer": "leave", "idempotency_key": key, "file": file}
    return desk.post("/console/joining/rosters/new/", {**body, **changes})


def test_from_the_upload_to_members(desk, world):
    assert "下载模板" in desk.get("/console/joining/rosters/new/").text
    answer = send(desk, rosters.a_file([rosters.a_row(n) for n in range(3)] + [rosters.a_row(9, id_number="123")]))
    page = answer.headers["Location"]
    waiting = desk.get(page).text
    assert "等待核对" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    worker.drain()
    ready = desk.get(page).text
    assert "hx-trigger" not in ready
    assert "将入会" in ready
    assert "证件号码有误" in ready
    assert "登记入会" in desk.get(f"{page}apply_roster/").text
    assert Membership.objects.count() == 0
    desk.post(f"{page}apply_roster/", {"idempotency_key": "key-1"})
    worker.drain()
    assert Membership.objects.count() == 3
    assert "已入会" in desk.get("/console/joining/rosters/").text


def test_the_preview_is_masked(desk, world):
    row = rosters.a_row(5)
    roster = rosters.checked([row], world.street, world.officer)
    text = desk.get(f"/console/joining/rosters/{roster.public_id}/").text
    assert row["id_number"] not in text
    assert row["id_number"][:6] + "********" in text
    assert row["phone"] not in text


def test_progress_is_shown_while_a_worker_reads(desk, world):
    roster = rosters.uploaded([rosters.a_row(1)], world.street, world.officer)
    Job.objects.filter(public_id=roster.job).update(progress_done=300, progress_total=1200)
    text = desk.get(f"/console/joining/rosters/{roster.public_id}/", headers={"HX-Request": "true"}).text
    assert '<progress class="progress" max="1200" value="300">25%</progress>' in text
    assert "<html" not in text


def test_when_the_work_is_done_the_whole_page_is_asked_for_anew(desk, world):
    """State and timeline stand outside of the part that htmx puts in."""
    roster = rosters.uploaded([rosters.a_row(1)], world.street, world.officer)
    address, asks = f"/console/joining/rosters/{roster.public_id}/", {"HX-Request": "true"}
    assert "HX-Refresh" not in desk.get(address, headers=asks).headers
    worker.drain()
    assert desk.get(address, headers=asks).headers["HX-Refresh"] == "true"
    assert "HX-Refresh" not in desk.get(address).headers


def test_who_sends_the_same_file_again_is_told_that_it_was_there_before(desk, world, clock):
    content = rosters.a_file([rosters.a_row(1)]).read()
    first = send(desk, _named(content))
    assert "以前传过" not in desk.get(first.headers["Location"]).text
    clock.forward(minutes=5)
    again = send(desk, _named(content), key="another-key-0001")
    assert again.headers["Location"] == first.headers["Location"]
    assert "以前传过" in desk.get(again.headers["Location"]).text


def test_the_template_has_drop_downs_and_an_example_that_nobody_registers(desk, world):
    content = b"".join(desk.get("/console/joining/rosters/template/").streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert {check.type for check in sheet.data_validations.dataValidation} >= {"list"}
    assert "示例" in str(sheet.cell(2, 8).value)
    sheet.append(["李新", None, rosters.a_row(3)["id_number"], rosters.a_row(3)["phone"]])
    filled = io.BytesIO()
    sheet.parent.save(filled)
    filled.seek(0)
    filled.name = "filled.xlsx"
    send(desk, filled)
    worker.drain()
    assert Roster.objects.get().counts["new"] == 1
    assert Roster.objects.get().rows_total == 1


def test_bad_rows_come_back_with_the_reason_beside_them(desk, world):
    rows = [rosters.a_row(1), rosters.a_row(2, phone="12"), rosters.a_row(3, name="=1+1", remarks="=HYPERLINK(1)")]
    roster = rosters.checked(rows, world.street, world.officer)
    answer = desk.get(f"/console/joining/rosters/{roster.public_id}/returned/")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    totals, bad = book.worksheets
    assert [row[1].value for row in totals.iter_rows(min_row=2)] == ["3", "1", "0", "0", "0", "2"]
    lines = list(bad.iter_rows(min_row=2))
    assert [line[0].value for line in lines] == ["3", "4"]
    assert "手机号" in lines[0][-1].value
    assert all(cell.data_type != "f" for line in lines for cell in line)
    assert lines[1][1].value == "=1+1"
    assert AuditEntry.objects.get(action="joining.roster.export").data == {"rows": 2, "all": False}


def test_without_a_bad_row_there_is_none_to_put_right(desk, world):
    good = rosters.checked([rosters.a_row(1)], world.street, world.officer)
    text = desk.get(f"/console/joining/rosters/{good.public_id}/").text
    assert "下载要改正的行" not in text
    assert "下载全部行" in text


def test_every_row_comes_back_on_request(desk, world):
    roster = rosters.checked([rosters.a_row(1), rosters.a_row(2, phone="12")], world.street, world.officer)
    answer = desk.get(f"/console/joining/rosters/{roster.public_id}/returned/?all=1")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert len(list(book.worksheets[1].iter_rows(min_row=2))) == 2


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "请上传"),
        ("a.xlsx", b"%PDF-1.4", "请上传"),
        ("a.csv", b"", "空"),
        ("a.xlsx.exe", b"MZ", "请上传"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_beside_the_field(desk, world, name, content, sentence):
    file = io.BytesIO(content)
    file.name = name
    answer = send(desk, file)
    assert answer.status_code in (413, 415, 422)
    assert sentence in answer.text
    assert Roster.objects.count() == 0


def test_a_double_click_uploads_once(desk, world):
    rows = [rosters.a_row(1)]
    content = rosters.a_file(rows).read()
    first = send(desk, _named(content))
    second = send(desk, _named(content))
    assert first.headers["Location"] == second.headers["Location"]
    assert Roster.objects.count() == 1


def _named(content):
    file = io.BytesIO(content)
    file.name = "a.xlsx"
    return file


def test_an_employers_agent_and_a_stranger_find_nothing(world):
    roster = rosters.checked([rosters.a_row(1)], world.street, world.officer)
    for actor in (world.agent, world.other_officer):
        client = staff_client(actor)
        assert client.get(f"/console/joining/rosters/{roster.public_id}/").status_code == 404
        assert client.post(f"/console/joining/rosters/{roster.public_id}/apply_roster/").status_code == 404
    assert send(staff_client(world.other_officer), rosters.a_file([rosters.a_row(2)])).status_code in (404, 422)


def test_a_reviewer_reads_and_moves_nothing(world):
    roster = rosters.checked([rosters.a_row(1)], world.street, world.officer)
    client = staff_client(world.district)
    page = f"/console/joining/rosters/{roster.public_id}/"
    assert client.get(page).status_code == 200
    assert client.post(f"{page}apply_roster/", {"idempotency_key": "key-1"}).status_code == 403
    assert client.get(f"{page}returned/").status_code == 403


def test_a_pair_is_judged_with_a_reason_and_then_the_row_joins(desk, world):
    known = a_person("王旧人", serial=900)
    row = rosters.a_row(1, phone=known.phone)
    roster = rosters.checked([row], world.street, world.officer)
    assert roster.count_of("duplicate") == 1
    assert "王***" not in desk.get(f"/console/joining/rosters/{roster.public_id}/").text
    pair = Likeness.objects.get()
    page = f"/console/joining/likenesses/{pair.public_id}/"
    assert "手机号相同" in desk.get(page).text
    assert desk.post(page, {"verdict": "different", "reason": ""}).status_code == 422
    desk.post(page, {"verdict": "different", "reason": "当面核对过身份证"})
    desk.post(f"/console/joining/rosters/{roster.public_id}/recheck_roster/", {"idempotency_key": "key-1"})
    worker.drain()
    roster.refresh_from_db()
    assert roster.count_of("new") == 1
    assert Likeness.objects.count() == 1


def test_a_pair_shows_the_row_and_of_who_is_registered_elsewhere_only_that_they_are(desk, world):
    known = a_person("王旧人", serial=900)
    row = rosters.a_row(1, phone=known.phone)
    roster = rosters.checked([row], world.street, world.officer)
    text = desk.get(f"/console/joining/likenesses/{Likeness.objects.get().public_id}/").text
    assert f"名单 {roster.number} 第 2 行" in text
    assert masks.mask_id_number(row["id_number"]) in text
    assert masks.mask_phone(row["phone"]) in text
    assert masks.mask_id_number(known.id_number) not in text
    assert "登记在您的范围以外" in text
    assert row["phone"] not in text


def test_a_pair_in_sight_is_compared_and_leads_to_both_and_to_the_plan_of_a_merge(desk, world):
    first, second = (a_person(name, serial=serial) for name, serial in (("王旧人", 900), ("王新人", 901)))
    for person in (first, second):
        a_member(world.street, person=person)
    likeness.note([Alike(first.pk, second.id_index, ("phone",))], union_id=world.street.pk, source="")
    page = f"/console/joining/likenesses/{Likeness.objects.get().public_id}/"
    text = desk.get(page).text
    for person in (first, second):
        assert masks.mask_id_number(person.id_number) in text
        assert f"/console/people/{person.public_id}/" in text
    assert "看合并方案" not in text
    desk.post(page, {"verdict": "same", "reason": "本人到场，带来两份材料"})
    plan = f"/console/merges/new/{first.public_id}/?with={second.public_id}"
    assert plan in desk.get(page).text
    assert desk.get(plan).status_code == 200


def test_the_list_costs_the_same_for_two_and_for_ten_rosters(desk, world, django_assert_max_num_queries):
    from niangjia.platform.testing.sql_counts import statements

    for serial in range(2):
        rosters.uploaded([rosters.a_row(serial)], world.street, world.officer)
    with statements() as few:
        desk.get("/console/joining/rosters/")
    for serial in range(2, 10):
        rosters.uploaded([rosters.a_row(serial)], world.street, world.officer)
    with statements() as many:
        desk.get("/console/joining/rosters/")
    assert len(few) == len(many)
    assert User.objects.exists()
