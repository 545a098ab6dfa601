"""All addresses: portal at the root, console, API; each room mounted by its code."""

from django.urls import path

urlpatterns: list[path] = []
