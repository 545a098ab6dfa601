"""The officers' page."""

from django.urls import path
from django.views.decorators.http import require_safe

from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import pages

app_name = "bulletin_console"


@require_safe
@staff_required
def board(request):
    return pages.render(request, "bulletin/board.html", {"base": "web/console.html"})


urlpatterns = [path("", board, name="board")]
