from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "niangjia.commons.payments"
    label = "payments"
    verbose_name = "付款"

    def ready(self) -> None:
        from niangjia.commons.payments import (
            books,
            desk_lines,
            merging,
            notices,  # noqa: F401 - it declares by import
            parameters,  # noqa: F401 - it declares by import
            portability,
            retention,
            vouchers,
        )
        from niangjia.commons.payments.states import BANK_ACCOUNT, BATCH, PAYMENT, STRAY
        from niangjia.platform.web import tones

        books.declare()
        desk_lines.declare()
        merging.declare()
        portability.declare()
        retention.declare()
        vouchers.declare()
        tones.register(PAYMENT, {"paid": "good", "failed": "bad", "corrected": "off", "cancelled": "off"})
        tones.register(BATCH, {"closed": "good", "discarded": "off"})
        tones.register(STRAY, {"placed": "good", "resolved": "good", "set_aside": "off"})
        tones.register(BANK_ACCOUNT, {"in_use": "good", "refused": "bad", "replaced": "off"})
