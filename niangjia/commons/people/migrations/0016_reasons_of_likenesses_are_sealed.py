from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan

from niangjia.platform.personal_data.fields import EncryptedTextField
from niangjia.platform.personal_data.sealing import seal_column

NAME = "likeness_verdict_has_a_reason"


def seal_reasons(apps, _schema_editor):
    """Each reason under the key of the person who was judged about; about an erased person nothing is left."""
    seal_column(apps.get_model("people", "Likeness"), "reason", whose="person__public_id", row="public_id")


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0015_guardians_dispute_phones_for_wards"),
        ("personal_data", "0002_reasons_of_looks_are_sealed"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="likeness", name=NAME),
        migrations.AddField(
            model_name="likeness",
            name="sealed",
            field=EncryptedTextField(
                blank=True, default="", max_length_plain=300, person_key="person.public_id",
                bound_as="people.likeness.reason",
            ),
        ),
        migrations.RunPython(seal_reasons, migrations.RunPython.noop),
        migrations.RemoveField(model_name="likeness", name="reason"),
        migrations.RenameField(model_name="likeness", old_name="sealed", new_name="reason"),
        migrations.AlterField(
            model_name="likeness",
            name="reason",
            field=EncryptedTextField(blank=True, max_length_plain=300, person_key="person.public_id"),
        ),
        migrations.AddConstraint(
            model_name="likeness",
            constraint=models.CheckConstraint(
                condition=Q(verdict="") | Q(GreaterThan(Length("reason"), 0)), name=NAME
            ),
        ),
    ]
