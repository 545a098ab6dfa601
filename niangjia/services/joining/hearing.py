"""What this room hears from below: a person is erased."""

from __future__ import annotations

from typing import Any

from niangjia.services.joining.models import Application


def empty_applications(*, subject_key: str, **_more: Any) -> None:
    """Empty what an erased person wrote in applications; number, union, state, category and dates stay for figures."""
    for application in Application.objects.select_for_update().filter(person__public_id=subject_key):
        application.name = application.employer_name = application.employer_code = application.applicant_note = ""
        application.id_number = application.phone = application.id_index = application.phone_index = ""
        application.answer_reason = ""
        application.birth_date = application.birth_date.replace(month=1, day=1)
        application.save(update_fields=EMPTIED)


EMPTIED = (
    "name", "employer_name", "employer_code", "applicant_note", "id_number", "phone", "id_index", "phone_index",
    "answer_reason", "birth_date",
)  # fmt: skip
