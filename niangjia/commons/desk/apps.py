from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "niangjia.commons.desk"
    label = "desk"
    verbose_name = "待办"

    def ready(self) -> None:
        from niangjia.commons.desk import checks, queries  # noqa: F401 - checks register themselves
        from niangjia.commons.desk.slot import move_items
        from niangjia.platform.lifecycle import effects
        from niangjia.platform.web import hooks

        effects.register("desk", move_items)
        hooks.register_counts(queries.counts)
