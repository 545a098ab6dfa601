"""Addresses of the switches; mounted at the root."""

from django.urls import path

from niangjia.platform.web import views

app_name = "web"
urlpatterns = [
    path("language/", views.language, name="language"),
    path("display/", views.display, name="display"),
]
