"""What would become of each row: worked examples, bad cells, bad files, doubles, likenesses."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from niangjia.commons.parameters import actions as parameters
from niangjia.commons.people.merge_models import Likeness
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.testing import SYSTEM, a_member, a_person, an_id_number
from niangjia.commons.rosters import preview
from niangjia.commons.unions.models import Employer
from niangjia.kernel.errors import DomainError, RuleBroken
from niangjia.kernel.identifiers import Sex, invented_resident_id
from niangjia.platform.jobs import worker
from niangjia.platform.jobs.models import Job
from niangjia.platform.personal_data.models import DataKey
from niangjia.platform.sheets.tests import makers
from niangjia.services.joining import testing_rosters as rosters
from niangjia.services.joining.rosters import actions, queries
from niangjia.services.joining.rosters.kind import KIND
from niangjia.services.joining.rosters.models import Roster, RosterRow

GOOD = rosters.a_row(1)
BAD_CELLS = (
    ({"id_number": "1.10101E+17"}, "ID_INVALID"),
    ({"id_number": "110101199001011235"}, "ID_INVALID"),
    ({"id_number": ""}, "ID_INVALID"),
    ({"phone": "13812345678.0"}, "PHONE_FORMAT"),
    ({"phone": "010-62345678"}, "PHONE_FORMAT"),
    ({"name": ""}, "NAME"),
    ({"name": "@SUM(1)"}, "NAME"),
    ({"name": "张\u202e三"}, "NAME"),
    ({"name": "张" * 51}, "NAME"),
    ({"name": "x" * 32767}, "NAME"),
    ({"employer": "x" * 32767}, "CELL_TOO_LONG"),
    ({"category": "宇航员"}, "CATEGORY"),
    ({"id_kind": "港澳台居民居住证"}, "ID_KIND"),
    ({"since": "1990年13月7日"}, "CELL_NOT_A_DAY"),
    ({"since": "2099-01-01"}, "DAY_IN_FUTURE"),
    ({"since": "2019-12-31"}, "DAY_TOO_EARLY"),
    ({"employer": "WEST-1"}, "OUT_OF_REACH"),
    ({"employer": "x" * 101}, "CELL_TOO_LONG"),
    ({"remarks": "备\u200b注"}, "CELL_UNREADABLE"),
    ({"id_number": invented_resident_id(3, date(2012, 1, 1), "male")}, "AGE_UNDER_16"),
)


def codes(world, *rows, union=None):
    """The outcome and the code of each row."""
    roster = rosters.checked(rows, union or world.street, world.officer)
    assert roster.state == "ready", roster.refusal
    return list(RosterRow.objects.filter(roster=roster).order_by("number").values_list("outcome", "code"))


def sent(world, content, name="a.csv"):
    """A roster of exactly these bytes, after all work is done."""
    roster = actions.upload_roster(
        upload=SimpleUploadedFile(name, content), union_code="EAST-1", on_transfer="leave", actor=world.officer
    )
    worker.drain()
    roster.refresh_from_db()
    return roster


def test_a_bad_cell_gives_its_row_back_and_no_other_c66_c67(world):
    rows = [rosters.a_row(100 + serial, **changes) for serial, (changes, _code) in enumerate(BAD_CELLS)]
    found = codes(world, *rows, rosters.a_row(2))
    assert found == [*(("error", code) for _changes, code in BAD_CELLS), ("new", "")]


def test_what_people_really_type_is_taken(world):
    number = rosters.a_row(7)["id_number"]
    rows = [
        rosters.a_row(1, name=" 李 明 ", phone="+86 154-1000-0001"),
        rosters.a_row(2, name="阿依古丽•买买提", id_kind="身份证"),
        rosters.a_row(3, name="𠮷田", since="2026/1/9"),
        rosters.a_row(7, id_number=f"{number[:6]} {number[6:14]} {number[14:].lower()}"),
        rosters.a_row(8, phone="", category="", since="20260109"),
    ]
    assert codes(world, *rows) == [("new", "")] * 5


def test_numbers_that_the_program_changed_are_named(world):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["姓名", "身份证号", "手机号", "入会日期"])
    sheet.append(["张三", 110101199001011234, 13812345678, date(2026, 1, 9)])
    sheet.append(["李四", GOOD["id_number"], 15410000001, 32874])
    sheet.append(["王五", True, "#N/A", None])
    sheet["B5"] = rosters.a_row(5)["id_number"]
    sheet["A5"] = "=A4"
    content = io.BytesIO()
    book.save(content)
    roster = sent(world, content.getvalue(), "a.xlsx")
    rows = RosterRow.objects.filter(roster=roster).order_by("number")
    assert [(row.number, row.code) for row in rows] == [
        (2, "CELL_NUMBER"), (3, "CELL_NOT_A_DAY"), (4, "CELL_NOT_TEXT"), (5, "CELL_FORMULA"),
    ]  # fmt: skip
    opened = queries.Opened()
    assert "Excel" in str(opened.of(rows[0]).faults["id_number"])
    assert opened.of(rows[0]).cells["name"] == "张三"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_a_csv_of_any_program_is_read_alike(world, encoding):
    text = "手机号;姓名;无关的列; 证件号码 *\r\n"
    text += f"{GOOD['phone']};{GOOD['name']};x;{GOOD['id_number']}\r\n"
    roster = sent(world, text.encode(encoding))
    assert (roster.state, roster.counts["new"], roster.counts["unknown"]) == ("ready", 1, ["无关的列"])


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        ("姓名,手机号\n张三,1\n".encode(), "a.csv", "HEADER_MISSING"),
        ("姓名,身份证号,姓名\n张三,1,1\n".encode(), "a.csv", "HEADER_TWICE"),
        ("姓名,身份证号\n".encode(), "a.csv", "ROWS_NONE"),
        ('姓名,身份证号\n"张三,1\n'.encode(), "a.csv", "FILE_BROKEN"),
        ("姓名,身份证号\n张三,1\n".encode() + "李四".encode("gb18030"), "a.csv", "FILE_BROKEN"),
        ("姓名,身份证号\n".encode() + b"x" * 700_000, "a.csv", "FILE_TOO_BIG"),
    ],
)
def test_a_file_that_cannot_be_used_is_given_back_with_the_reason(world, content, name, code):
    roster = sent(world, content, name)
    assert roster.state == "refused_file"
    assert roster.refusal["code"] == code
    assert not RosterRow.objects.exists()
    assert Job.objects.get().state == "done"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"PK\x03\x04 nothing", "a.xlsx", "FILE_BROKEN"),
        (b"%PDF-1.4", "a.xlsx", "FILE_TYPE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "FILE_TYPE"),
        (b"<table><tr><td>1</td></tr></table>", "a.xlsx", "FILE_TYPE"),
        (b"MZ", "roster.xlsx.exe", "FILE_TYPE"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_at_once_in_the_words_of_spreadsheets(world, content, name, code):
    with pytest.raises(DomainError, match=code) as refused:
        sent(world, content, name)
    assert "照片" not in str(refused.value.message)
    assert not Roster.objects.exists()


def test_a_bomb_is_refused_and_the_worker_lives_on(world, tmp_path):
    bomb = makers.save(
        tmp_path / "bomb.xlsx", makers.parts(makers.text_cell("A1", "x") + makers.text_cell("XFD1048576", "y"))
    )
    assert sent(world, bomb.read_bytes(), "bomb.xlsx").state == "refused_file"
    assert rosters.checked([GOOD], world.street, world.officer).state == "ready"


def test_the_first_of_two_rows_with_one_number_or_phone_is_kept_c65(world):
    twice = rosters.a_row(2, phone=GOOD["phone"])
    assert codes(world, GOOD, {**GOOD, "name": "别人"}, twice) == [
        ("new", ""), ("error", "ROW_TWICE"), ("error", "PHONE_TWICE"),
    ]  # fmt: skip


def test_who_is_known_already_c68(world):
    here, there = a_person("甲甲", serial=1), a_person("乙乙", serial=2)
    a_member(world.street, person=here)
    a_member(world.tree["WEST-1"], person=there)
    free = a_person("丙丙", serial=3)
    rows = [rosters.a_row(0, name=p.name, id_number=p.id_number, phone="") for p in (here, there, free)]
    rows.append({**rows[0], "name": "丁丁"})
    rows[3]["id_number"] = a_person("戊戊", serial=4).id_number
    assert codes(world, *rows) == [("member", ""), ("elsewhere", ""), ("new", ""), ("duplicate", "LIKELY_DUPLICATE")]
    assert Person.objects.count() == 4


def test_a_former_member_joins_again_after_the_last_day(world):
    membership = a_member(world.street, person=a_person("甲甲", serial=1), day=date(2025, 3, 1))
    from django.db import transaction

    from niangjia.commons.people import actions as people
    from niangjia.kernel.policy import allow

    with transaction.atomic():
        people.end_membership(
            membership, cause="leave", actor=SYSTEM, decision=allow("test"), day=date(2026, 2, 1), reason="本人申请"
        )
    row = rosters.a_row(0, name="甲甲", id_number=membership.person.id_number, phone="")
    assert codes(world, {**row, "since": "2026-01-09"}) == [("error", "MEMBERSHIPS_OVERLAP")]
    assert codes(world, {**row, "since": "2026-02-01"}) == [("new", "")]


def test_the_row_names_a_union_below_by_code_name_or_employer(world):
    Employer.objects.create(name="顺风商行", kind="private", union=world.firm)
    rows = [rosters.a_row(n, employer=word) for n, word in enumerate(("FIRM", "FIRM工会", "顺风商行", "别的单位", ""))]
    roster = rosters.applied(rows, world.street, world.officer)
    assert roster.joined == 5
    found = Membership.objects.order_by("number").values_list("union__code", flat=True)
    assert list(found) == ["FIRM", "FIRM", "FIRM", "EAST-1", "EAST-1"]


def test_likenesses_by_phone_and_by_name_birth_and_sex(world):
    known = a_person("王一", serial=9, birth=date(1990, 5, 17), sex=Sex.MALE)
    twin = rosters.a_row(1, name="王一", id_number=an_id_number(10), phone="")
    other = rosters.a_row(2, name="王二", phone=known.phone)
    assert codes(world, twin, other) == [("duplicate", "LIKELY_DUPLICATE")] * 2
    assert sorted(Likeness.objects.values_list("facts_key", flat=True)) == ["birth_date+name+sex", "phone"]


def test_the_rules_of_likeness_are_dated_parameters(world):
    known = a_person("王一", serial=9)
    row = rosters.a_row(2, name="王二", phone=known.phone)
    parameters.publish(
        code="people.likeness_threshold", union_id=world.tree["CITY"].pk, valid_from=date(2026, 1, 1), value=150,
        actor=SYSTEM,
    )  # fmt: skip
    roster = rosters.applied([row], world.street, world.officer)
    assert roster.joined == 1
    assert Person.objects.get(name="王二").phone == "", "the phone stays with whom it is registered"


def test_a_pair_called_different_is_not_asked_again_until_there_is_a_new_fact(world):
    known = a_person("王一", serial=9)
    row = rosters.a_row(2, name="王二", phone=known.phone)
    assert codes(world, row)[0][0] == "duplicate"
    from niangjia.commons.people import likeness

    pair = Likeness.objects.get()
    likeness.judge(public_id=pair.public_id, verdict="different", reason="当面核对过", actor=world.officer)
    assert codes(world, {**row, "remarks": "再传"})[0][0] == "new"
    assert Likeness.objects.count() == 1
    Person.objects.filter(pk=known.pk).update(
        name_key="王二", birth_date=RosterRow.objects.last().birth_date, sex=RosterRow.objects.last().sex
    )
    assert codes(world, {**row, "remarks": "又传"})[0][0] == "duplicate"
    assert Likeness.objects.filter(verdict="").count() == 1


def test_too_many_doubles_stop_the_whole_roster_before_anything_is_applied(world):
    rows = [rosters.a_row(n) for n in range(6)] + [rosters.a_row(0, name=f"又{n}") for n in "一二三四五"]
    roster = rosters.checked(rows, world.street, world.officer)
    assert roster.counts["doubles"] == 5
    assert "30%" in str(preview.obstacle(KIND, roster))
    with pytest.raises(RuleBroken, match="DUPLICATE_SHARE"):
        actions.apply_roster(public_id=roster.public_id, actor=world.officer)
    assert Membership.objects.count() == 0


def test_a_share_of_exactly_the_limit_is_allowed(world):
    rows = [rosters.a_row(n) for n in range(7)] + [rosters.a_row(0, name=f"又{n}") for n in "一二三"]
    assert preview.obstacle(KIND, rosters.checked(rows, world.street, world.officer)) is None


def test_two_pairs_of_eyes_where_the_federation_wants_them(world):
    from niangjia.commons.unions import testing as unions
    from niangjia.commons.unions.roles import Role

    parameters.publish(
        code="joining.roster_second_eyes", union_id=world.tree["EAST"].pk, valid_from=date(2026, 1, 1), value=True,
        actor=SYSTEM,
    )  # fmt: skip
    second = unions.an_officer([(world.street, Role.UNION_OFFICER)], "second")
    key = {"public_id": rosters.checked([GOOD], world.street, world.officer).public_id}
    with pytest.raises(RuleBroken, match="SECOND_EYES_FIRST"):
        actions.apply_roster(**key, actor=second)
    actions.confirm_roster(**key, actor=world.officer)
    with pytest.raises(DomainError, match="SECOND_EYES"):
        actions.apply_roster(**key, actor=world.officer)
    actions.apply_roster(**key, actor=second)
    worker.drain()
    assert Membership.objects.count() == 1


def test_the_same_file_gives_the_first_roster_c69(world):
    content = rosters.a_file([GOOD]).read()
    first = sent(world, content, "a.xlsx")
    assert sent(world, content, "b.xlsx").pk == first.pk
    actions.discard_roster(public_id=first.public_id, actor=world.officer)
    assert sent(world, content, "a.xlsx").pk != first.pk
    assert Roster.objects.count() == 2


def test_nothing_personal_is_readable_in_the_staged_rows(world):
    rosters.checked(
        [GOOD, {**rosters.a_row(2), "phone": "139一二", "remarks": "住在东街"}], world.street, world.officer
    )
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("joining_rosterrow", "joining_roster", "jobs_job", "audit_auditentry"):
            cursor.execute(f"SELECT * FROM {table}")
            text = repr([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor.fetchall()])
            for secret in (GOOD["name"], GOOD["id_number"], GOOD["phone"], "139一二", "东街"):
                assert secret not in text
                assert repr(secret.encode())[2:-1] not in text


def test_discarding_leaves_nothing_of_the_people(world):
    roster = rosters.checked([GOOD], world.street, world.officer)
    unborn = list(RosterRow.objects.values_list("public_id", flat=True))
    assert DataKey.objects.filter(subject_key__in=unborn).count() == 1
    actions.discard_roster(public_id=roster.public_id, actor=world.officer)
    assert not RosterRow.objects.exists()
    assert not DataKey.objects.filter(subject_key__in=unborn).exists()
    assert Person.objects.count() == 0


def test_rows_and_file_go_when_their_days_are_over(world):
    roster = rosters.applied([GOOD], world.street, world.officer)
    worker_day = date(2026, 3, 4)
    assert actions.MOVES.empty_ended(day=worker_day, actor=SYSTEM) == 0
    assert actions.MOVES.empty_ended(day=date(2026, 12, 31), actor=SYSTEM) == 1
    roster.refresh_from_db()
    assert roster.file is None
    assert not RosterRow.objects.exists()
    person = Person.objects.get()
    assert person.id_number == GOOD["id_number"], "the person's key stays"


def test_a_roster_that_is_given_up_while_it_is_read_keeps_nothing(world, monkeypatch):
    from niangjia.commons.rosters import staging as shared
    from niangjia.services.joining.rosters import staging

    monkeypatch.setattr(shared, "ROWS_PER_BATCH", 2)
    roster = rosters.uploaded([rosters.a_row(n) for n in range(6)], world.street, world.officer)
    wrote, batches = staging.many.write, []

    def write(model, *given):
        wrote(model, *given)
        if model is RosterRow:
            batches.append(1)

    monkeypatch.setattr(staging.many, "write", write)
    judged = staging.matching.note_pairs

    def discard_after_the_first(*given):
        judged(*given)
        if len(batches) == 1:
            actions.discard_roster(public_id=roster.public_id, actor=world.officer)

    monkeypatch.setattr(staging.matching, "note_pairs", discard_after_the_first)
    worker.drain()
    roster.refresh_from_db()
    assert roster.state == "discarded"
    assert len(batches) == 1
    assert not RosterRow.objects.exists()
    assert Job.objects.get().result == {"overtaken": True}
