"""Fixtures that must win over those of pytest-django, which a plugin's would not."""

from niangjia.platform.testing.plugin import django_db_modify_db_settings, django_db_setup

__all__ = ["django_db_modify_db_settings", "django_db_setup"]
