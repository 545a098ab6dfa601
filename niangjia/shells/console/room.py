"""The console's own entries in the left menu, beside those of the rooms."""

from niangjia.commons.people import policies
from niangjia.commons.people.merging import policies as merges
from niangjia.commons.people.wrong_deaths import policies as deaths
from niangjia.commons.unions import oversight, scope
from niangjia.kernel.text import _
from niangjia.platform.web.rooms import MenuEntry, Room

ROOM = Room(
    code="console",
    label=_("管理"),
    menu=(
        MenuEntry(_("会员"), "users", "console:people", may_see=lambda actor: bool(policies.may_search(actor))),
        MenuEntry(
            _("信息更正"), "pencil", "console:corrections", may_see=lambda actor: bool(policies.may_search(actor))
        ),
        MenuEntry(_("监护登记"), "users", "console:guardians", may_see=lambda actor: bool(policies.may_search(actor))),
        MenuEntry(
            _("号码占用申诉"),
            "user-search",
            "console:disputes",
            may_see=lambda actor: bool(policies.may_search(actor)),
        ),
        MenuEntry(
            _("合并重复登记"),
            "users-group",
            "console:merges",
            may_see=lambda actor: bool(merges.may_propose_any(actor)),
        ),
        MenuEntry(_("撤销去世登记"), "history", "console:deaths", may_see=lambda actor: bool(deaths.may_list(actor))),
        MenuEntry(
            _("审计记录"), "shield-lock", "console:audit", may_see=lambda actor: bool(oversight.may_audit(actor))
        ),
        MenuEntry(_("后台任务"), "server", "console:jobs", may_see=lambda actor: bool(oversight.may_operate(actor))),
        MenuEntry(_("工会"), "hierarchy-2", "console:unions", may_see=lambda actor: bool(scope.grants(actor))),
    ),
    order=800,
)
