"""How applications and transfers go over when two entries of one human being become one."""

from niangjia.commons.people.merging import ways
from niangjia.commons.people.merging.ways import Way
from niangjia.kernel.text import _


def declare() -> None:
    """Called when Django starts."""
    ways.declare(
        Way("joining.Application.person", _("入会申请")),
        Way(
            "joining.Transfer.person",
            _("会籍接转"),
            refuses={
                "joining_one_open_transfer_for_each_person": _("两条登记各有一件会籍接转在办，请先办完一件，再合并。")
            },
        ),
        Way(
            "joining.Fit.person",
            _("推荐的工会"),
            settled=frozenset({"joining_one_open_fit_for_each_person"}),
        ),
        Way("joining.Exit.person", _("视为退会的提醒")),
        Way("joining.RosterRow.person", _("名单里的行"), stays=True),
    )
