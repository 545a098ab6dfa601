from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "niangjia.commons.ledger"
    label = "ledger"
    verbose_name = "台账"

    def ready(self) -> None:
        from niangjia.commons.ledger import books, canon, checks, dims, hearing, write
        from niangjia.commons.ledger import portability as collected
        from niangjia.commons.people import events
        from niangjia.commons.people import queries as people
        from niangjia.platform.lifecycle import effects
        from niangjia.platform.personal_data import portability

        effects.register("ledger", write.on_moves)
        books.register("ledger", checks.differences)
        books.register("members", checks.member_differences)
        canon.register(people.merge_map)
        portability.register("ledger", collected.collect)
        events.entries_joined.connect(hearing.count_anew, dispatch_uid="ledger.entries_joined")
        events.entries_parted.connect(hearing.count_anew, dispatch_uid="ledger.entries_parted")
        post_migrate.connect(dims.forget, dispatch_uid="ledger.dims.forget")
