"""The page for the family of a member who died: what they may claim, where, and what has ended."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.web import pages
from niangjia.platform.web.rooms import rooms


@dataclass(frozen=True)
class Claimable:
    """Something that a family may claim. ``room`` gives it: where it is not installed the line is left out."""

    title: Text
    how: Text
    icon: str
    room: str = ""
    url: str = ""


CLAIMABLE = (
    Claimable(
        _("慰问金"),
        _("由会员所在的工会提出，家属不用申请。一周内没有人联系您，请打电话给所在工会或 12351。"),
        "heart",
        "protection",
    ),
    Claimable(
        _("互助保障的身故保障金"),
        _("会员参加过互助保障的，由亲属带死亡证明、户籍注销证明、亲属关系证明和本人身份证，到工会服务站申领。"),
        "shield-check",
        "protection",
        "/protection/",
    ),
    Claimable(
        _("住院和意外的报销"),
        _("去世前还没有报的，亲属可以接着报。带发票和上面的材料到工会服务站。"),
        "file-check",
        "protection",
        "/protection/",
    ),
)
ENDED = (
    _("会籍和会员卡已终止，卡号和二维码不能再用。"),
    _("去世的会员的账号不能再登录，短信和信件不再发送。"),
    _("还没有领的礼品不能再领，预约作废。"),
)


@require_safe
@member_required
def bereaved(request: HttpRequest) -> HttpResponse:
    """The same for every family: it names nobody."""
    installed = {room.code for room in rooms()}
    claimable = [one for one in CLAIMABLE if not one.room or one.room in installed]
    return pages.render(request, "joining/bereaved.html", {"claimable": claimable, "ended": ENDED})


urlpatterns = [path("bereaved/", bereaved, name="bereaved")]
