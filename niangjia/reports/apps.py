from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "niangjia.reports"
    label = "reports"
    verbose_name = "成绩单"

    def ready(self) -> None:
        from niangjia.commons.ledger import books
        from niangjia.reports import differences

        books.register("report_cells", differences.differences)
