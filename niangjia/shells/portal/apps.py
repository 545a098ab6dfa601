"""Registers the members' portal."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "niangjia.shells.portal"
    label = "portal"
    verbose_name = "会员门户"

    def ready(self) -> None:
        """Tell the layouts how many notices wait."""
        from niangjia.platform.notices import queries
        from niangjia.platform.web import hooks

        hooks.register_unread(lambda actor: queries.unread_count(actor.user_id or 0))
