from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "niangjia.commons.ledger"
    label = "ledger"
    verbose_name = "台账"
