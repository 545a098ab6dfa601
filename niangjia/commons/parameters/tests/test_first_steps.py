"""The first hour of an installation: a root, an officer, a number of its own, from the command line."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from niangjia.commons.parameters import parameters, registry
from niangjia.commons.unions import queries, tree
from niangjia.commons.unions.models import Appointment
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text
from niangjia.platform.accounts import users

pytestmark = pytest.mark.django_db


@pytest.fixture
def a_parameter():
    registry.declare(registry.Parameter("first_steps.days", Text("天数"), "working_days", 15))
    yield "first_steps.days"
    registry.forget("first_steps.days")


def test_a_root_an_officer_and_a_parameter(clock, a_parameter):
    call_command("found_union", "000001", "某市总工会", "city", "--area", "110000", "--since", "2020-01-01")
    call_command("found_union", "000002", "某区总工会", "district", "--parent", "000001", "--since", "2020-01-01")
    assert tree.root() == queries.by_code("000001")
    users.create_staff(name="chair", display_name="主席", password="a long enough password", actor=Actor.system("test"))
    call_command("appoint", "chair", "000001", "union_officer")
    assert Appointment.objects.get().role == "union_officer"
    call_command("publish_parameter", a_parameter, "000001", "2026-03-04", "10", "--reason", "常委会决定")
    assert parameters.at(a_parameter, queries.by_code("000002").pk, date(2026, 3, 5)).value == 10


@pytest.mark.parametrize(
    "command",
    [
        ("found_union", "000002", "某区总工会", "district", "--parent", "nowhere"),
        ("appoint", "nobody", "000001", "union_officer"),
        ("publish_parameter", "nothing.at_all", "000001", "2026-03-04", "10", "--reason", "决定"),
        ("publish_parameter", "first_steps.days", "000001", "2026-03-04", "ten", "--reason", "决定"),
        ("publish_parameter", "first_steps.days", "000001", "2026-03-04", '"x"', "--reason", "决定"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(clock, a_parameter, command):
    call_command("found_union", "000001", "某市总工会", "city", "--since", "2020-01-01")
    with pytest.raises(CommandError):
        call_command(*command)
