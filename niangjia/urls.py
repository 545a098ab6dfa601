"""All addresses: portal at the root, console, API; each room mounted by its code."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from niangjia.platform.web.rooms import rooms
from niangjia.shells.api.api import build, description

handler400 = "niangjia.platform.web.errors.bad_request"
handler403 = "niangjia.platform.web.errors.forbidden"
handler404 = "niangjia.platform.web.errors.not_found"
handler500 = "niangjia.platform.web.errors.server_error"


def _of_rooms() -> list[URLResolver]:
    mounted = []
    for room in rooms():
        if room.portal_urls:
            mounted.append(path(f"{room.code}/", include(room.portal_urls)))
        if room.console_urls:
            mounted.append(path(f"console/{room.code}/", include(room.console_urls)))
    return mounted


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/openapi.json", description, name="openapi"),
    path("api/v1/", build().urls),
    *_of_rooms(),
    path("console/", include("niangjia.shells.console.urls")),
    path("", include("niangjia.shells.portal.urls")),
]
