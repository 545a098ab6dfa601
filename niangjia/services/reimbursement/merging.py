"""How settlements go over when two entries of one human being become one."""

from niangjia.commons.people.merging import ways
from niangjia.commons.people.merging.ways import Way
from niangjia.kernel.text import _


def declare() -> None:
    """Called when Django starts."""
    ways.declare(
        Way("reimbursement.Case.person", _("二次报销")),
        Way("reimbursement.FeedRow.person", _("结算数据里的行"), stays=True),
    )
