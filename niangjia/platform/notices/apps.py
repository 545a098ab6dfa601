"""Registers the notices with Django."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class NoticesConfig(AppConfig):
    name = "niangjia.platform.notices"
    label = "notices"
    verbose_name = "通知"

    def ready(self) -> None:
        """Fill the outbox slot, carry codes, and learn every room's kinds of notices."""
        from niangjia.platform.accounts.codes import register_sender
        from niangjia.platform.lifecycle import effects
        from niangjia.platform.notices import outbox

        effects.register("outbox", outbox.write_batch)
        register_sender(outbox.send_code, queues=True)
        autodiscover_modules("notices")
