"""Registers accounts with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "niangjia.platform.accounts"
    label = "accounts"
    verbose_name = "帐号"

    def ready(self) -> None:
        """Have the settings of signing in checked at start."""
        from niangjia.platform.accounts import checks  # noqa: F401
