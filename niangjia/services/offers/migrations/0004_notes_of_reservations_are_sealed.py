from django.db import migrations

from niangjia.platform.personal_data.fields import EncryptedTextField
from niangjia.platform.personal_data.sealing import seal_column


def seal_notes(apps, _schema_editor):
    """Each note under the key of the holder; about an erased person nothing is left."""
    seal_column(apps.get_model("offers", "Reservation"), "note", whose="person__public_id", row="public_id")


class Migration(migrations.Migration):
    dependencies = [
        ("offers", "0003_scans_without_network"),
        ("personal_data", "0002_reasons_of_looks_are_sealed"),
    ]

    operations = [
        migrations.AddField(
            model_name="reservation",
            name="sealed",
            field=EncryptedTextField(
                blank=True, default="", max_length_plain=300, person_key="person.public_id",
                bound_as="offers.reservation.note",
            ),
        ),
        migrations.RunPython(seal_notes, migrations.RunPython.noop),
        migrations.RemoveField(model_name="reservation", name="note"),
        migrations.RenameField(model_name="reservation", old_name="sealed", new_name="note"),
        migrations.AlterField(
            model_name="reservation",
            name="note",
            field=EncryptedTextField(blank=True, default="", max_length_plain=300, person_key="person.public_id"),
        ),
    ]
