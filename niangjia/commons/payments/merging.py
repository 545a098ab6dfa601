"""How payments and bank accounts go over when two entries of one human being become one."""

from niangjia.commons.people.merging import ways
from niangjia.commons.people.merging.ways import Way
from niangjia.kernel.text import _


def declare() -> None:
    """Called when Django starts. Of two accounts in use that of the remaining entry is used."""
    ways.declare(
        Way("payments.Payment.person", _("付款")),
        Way(
            "payments.BankAccount.person",
            _("收款账户"),
            refuses={
                "payments_bank_account_one_being_looked_at": _("两条登记各有一个收款账户待核对，请先核对，再合并。")
            },
        ),
    )
