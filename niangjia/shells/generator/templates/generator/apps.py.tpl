from django.apps import AppConfig


class @Name@Config(AppConfig):
    name = "@package@"
    label = "@code@"
    verbose_name = "@label@"

    def ready(self) -> None:
        from @package@ import notices, parameters, queries  # noqa: F401 - two declare
        from @package@.states import REQUEST
        from niangjia.commons.desk import subjects

        subjects.register(subjects.Subject(queries.SUBJECT_TYPE, REQUEST.subject, queries.desk_lines))
