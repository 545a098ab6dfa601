"""The member's page."""

from django.urls import path
from django.views.decorators.http import require_safe

from niangjia.platform.accounts.gates import member_required
from niangjia.platform.web import pages

app_name = "bulletin"


@require_safe
@member_required
def board(request):
    return pages.render(request, "bulletin/board.html", {"base": "web/portal_task.html"})


urlpatterns = [path("", board, name="board")]
