from django.db import migrations

from niangjia.platform.audit.triggers import append_only, changeable
from niangjia.platform.personal_data.fields import EncryptedTextField
from niangjia.platform.personal_data.sealing import seal_column

PLACE = "personal_data.look.reason"


def seal_reasons(apps, _schema_editor):
    """Each reason under the key of the person who was looked at; about an erased person nothing is left."""
    seal_column(apps.get_model("personal_data", "Look"), "reason", whose="subject_key", row="subject_key")


class Migration(migrations.Migration):
    dependencies = [("personal_data", "0001_keys_looks_and_consents")]

    operations = [
        changeable("personal_data_look"),
        migrations.AddField(
            model_name="look",
            name="sealed",
            field=EncryptedTextField(
                blank=True, default="", max_length_plain=300, person_key="subject_key", row_key="subject_key",
                bound_as=PLACE,
            ),
        ),
        migrations.RunPython(seal_reasons, migrations.RunPython.noop),
        migrations.RemoveField(model_name="look", name="reason"),
        migrations.RenameField(model_name="look", old_name="sealed", new_name="reason"),
        migrations.AlterField(
            model_name="look",
            name="reason",
            field=EncryptedTextField(
                blank=True, max_length_plain=300, person_key="subject_key", row_key="subject_key",
            ),
        ),
        append_only("personal_data_look"),
    ]
