from django.db import migrations

from niangjia.commons.payments.rules import books_key
from niangjia.kernel import clock
from niangjia.platform.personal_data import data_keys
from niangjia.platform.personal_data.fields import EncryptedTextField

FIELDS = ("payee_name", "account_number")
ROWS = 1_000


def seal_by_the_books(apps, _schema_editor):
    """What is readable today is sealed anew under the books' key of its year; what was erased stays so."""
    payments, last = apps.get_model("payments", "Payment").objects, 0
    fields = [payments.model._meta.get_field(name) for name in FIELDS]
    while True:
        columns = ("pk", "public_id", "created_at", "owner_key", *FIELDS)
        rows = list(payments.filter(pk__gt=last).order_by("pk").values_list(*columns)[:ROWS])
        if not rows:
            return
        with data_keys.held([key for _pk, _id, _at, key, *_sealed in rows if key]):
            for pk, public_id, at, _key, *sealed in rows:
                books = books_key(clock.day_of(at).year)
                texts = [field.open(public_id, value) for field, value in zip(fields, sealed, strict=True)]
                anew = {field.name: field.seal(public_id, text, books) for field, text in zip(fields, texts, strict=True)}
                payments.filter(pk=pk).update(**anew)
        last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0002_lines_that_nobody_places"),
        ("personal_data", "0001_keys_looks_and_consents"),
    ]

    operations = [
        migrations.AlterField(
            model_name="payment",
            name="account_number",
            field=EncryptedTextField(blank=True, person_key="books_key"),
        ),
        migrations.AlterField(
            model_name="payment",
            name="payee_name",
            field=EncryptedTextField(person_key="books_key"),
        ),
        migrations.RunPython(seal_by_the_books, migrations.RunPython.noop),
    ]
