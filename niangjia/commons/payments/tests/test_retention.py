"""A payment is a voucher: its payee and account are kept for thirty years, then they go and the sum stays."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from niangjia.commons.payments import actions, bank_file
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.models import Payment
from niangjia.commons.people import actions as people
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import a_member, a_person
from niangjia.commons.unions.testing import small_tree
from niangjia.kernel import clock
from niangjia.kernel.policy import allow
from niangjia.platform.personal_data import erasure, retention

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("years", "goes"), [(10, False), (29, False), (31, True)])
def test_a_voucher_is_kept_for_thirty_years(years, goes):
    city = small_tree()["CITY"]
    build.a_fund(city)
    payment = build.a_payment(city, a_person("王一"), source_id="c1", fen=700, card=build.a_card(3))
    actions.cancel(public_id=payment.public_id, reason="不再付款", actor=build.SYSTEM)
    rule = next(rule for rule in retention.rules() if rule.name == "payments.payment")
    with clock.travelling(clock.now() + timedelta(days=366 * years)):
        rule.act(list(rule.due(rule.cutoff).values_list("pk", flat=True)), build.SYSTEM)
    payment = Payment.objects.get(pk=payment.pk)

    assert (str(payment.account_number) == "") == goes
    assert payment.fen == 700


def _rules_run(moment):
    """Every rule of retention at a later day, as the nights until then would have run them."""
    with clock.travelling(moment):
        for rule in retention.rules():
            rule.act(list(rule.due(rule.cutoff).values_list("pk", flat=True)), build.SYSTEM)


@pytest.fixture
def paid():
    """Somebody who was paid, and who left the union on the same day."""
    tree = small_tree()
    city, person = tree["CITY"], a_person("王一")
    fund, membership = build.a_fund(city), a_member(tree["FIRM"], person=person)
    payment = build.a_payment(city, person, source_id="c1", fen=700, card=build.a_card(3))
    batch = build.a_released_batch(fund, build.SYSTEM, build.SYSTEM)
    actions.answer(public_id=batch.public_id, lines=build.answers([payment]), actor=build.SYSTEM)
    never = build.a_payment(city, person, source_id="c2", fen=800, card=build.a_card(3))
    actions.cancel(public_id=never.public_id, reason="不再付款", actor=build.SYSTEM)
    people.end_membership(
        membership, cause="leave", day=clock.today(), reason="已经离职", actor=build.SYSTEM, decision=allow("system")
    )
    return payment, never


def test_the_voucher_outlives_the_person_who_was_paid(paid):
    payment, never = (Payment.objects.get(pk=one.pk) for one in paid)
    assert (payment.payee_name, str(payment.account_number)) == ("王一", build.a_card(3))
    _rules_run(clock.now() + timedelta(days=366 * 11))
    payment, never = (Payment.objects.get(pk=one.pk) for one in paid)
    assert erasure.is_erased(payment.owner_key)
    assert str(Person.objects.get(pk=payment.person_id).id_number) == "", "what is the person's is gone"
    assert (payment.payee_name, str(payment.account_number)) == ("王一", build.a_card(3))
    assert "王一" in b"".join(bank_file.csv_of(payment.batch)).decode()
    assert (str(never.account_number), never.has_account) == ("", False), "never sent: no voucher"
    _rules_run(clock.now() + timedelta(days=366 * 31))
    payment = Payment.objects.get(pk=payment.pk)
    assert (str(payment.payee_name), str(payment.account_number), payment.fen) == ("", "", 700)


def test_what_was_sealed_by_the_person_is_sealed_anew_by_the_books(paid):
    payment = paid[0]
    field = Payment._meta.get_field("payee_name")
    Payment.objects.filter(pk=payment.pk).update(payee_name=field.seal(payment.public_id, "王一", payment.owner_key))
    step = import_module("niangjia.commons.payments.migrations.0003_vouchers_are_sealed_by_the_books")
    step.seal_by_the_books(apps, None)
    erasure.erase(payment.owner_key, actor=build.SYSTEM, reason="本人要求清除")
    assert Payment.objects.get(pk=payment.pk).payee_name == "王一"
