from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "niangjia.platform.accounts"
    label = "accounts"
    verbose_name = "帐号"
