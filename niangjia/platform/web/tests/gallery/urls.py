"""Addresses of the component gallery: for looking at the parts, never mounted by the product."""

from django.urls import include, path

from niangjia.platform.web.tests.gallery import views

urlpatterns = [
    path("", include("niangjia.platform.web.urls")),
    path("<slug:name>/", views.sample),
    path("console/<slug:name>/", views.sample),
]
