"""A payment is a voucher: its payee and account are kept for thirty years, then they go and the sum stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from niangjia.commons.payments import actions
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.models import Payment
from niangjia.commons.people.testing import a_person
from niangjia.commons.unions.testing import small_tree
from niangjia.kernel import clock
from niangjia.platform.personal_data import retention

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
