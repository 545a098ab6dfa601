"""Addresses of the switches and of staff's saved filters; mounted at the root."""

from django.urls import path

from niangjia.platform.web import views

app_name = "web"
urlpatterns = [
    path("language/", views.language, name="language"),
    path("display/", views.display, name="display"),
    path("console/filters/", views.keep_filter, name="keep_filter"),
    path("console/filters/delete/", views.forget_filter, name="forget_filter"),
]
