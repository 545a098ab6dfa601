from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "niangjia.platform.audit"
    label = "audit"
    verbose_name = "审计"

    def ready(self) -> None:
        from niangjia.platform.audit import hearing
        from niangjia.platform.audit.slot import write_entries
        from niangjia.platform.lifecycle import effects

        effects.register("audit", write_entries)
        hearing.listen()
