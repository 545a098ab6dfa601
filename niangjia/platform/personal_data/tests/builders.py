"""Rows with a sealed text: a guardian's name is the one that this floor has itself."""

from django.db import connection

from niangjia.kernel import clock
from niangjia.platform.personal_data.models import Consent, ConsentText

CANARY = "金丝雀·买买提"


def text(code="health", version="1", body="同意") -> ConsentText:
    found = ConsentText.objects.filter(code=code, version=version, language="zh-hans").first()
    return found or ConsentText.objects.create(code=code, version=version, language="zh-hans", body=body)


def unsaved(name=CANARY, subject_key="", **columns) -> Consent:
    return Consent(
        subject_key=subject_key, text=text(), code="health", declined_at=clock.now(), guardian_name=name, **columns
    )


def row(name=CANARY, subject_key="", **columns) -> Consent:
    consent = unsaved(name, subject_key, **columns)
    consent.save()
    return Consent.objects.get(pk=consent.pk)


def raw(consent: Consent) -> bytes:
    """The column as the database holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT guardian_name FROM personal_data_consent WHERE id = %s", [consent.pk])
        return bytes(cursor.fetchone()[0])


def write_raw(consent: Consent, sealed: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE personal_data_consent SET guardian_name = %s WHERE id = %s", [sealed, consent.pk])
