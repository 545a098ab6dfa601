"""我的 → 电子邮箱."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts import users
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.accounts.models import User
from niangjia.platform.web import pages
from niangjia.shells.portal.forms import EmailForm


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def edit(request: HttpRequest) -> HttpResponse:
    """See, change or take away the address."""
    user = User.objects.get(pk=actor_of(request).user_id or 0)
    form = EmailForm(request.POST or None, initial={"email": user.email})
    if request.method == "POST" and form.is_valid():
        try:
            users.set_email(user, email=form.cleaned_data["email"])
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("电子邮箱已保存。")))
            return redirect("portal:mine")
    return pages.render(request, "portal/email.html", {"form": form}, status=422 if form.errors else 200)
