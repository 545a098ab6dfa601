from django.db import migrations

from niangjia.platform.audit.models import trail_key
from niangjia.platform.audit.triggers import append_only, changeable
from niangjia.platform.personal_data import data_keys
from niangjia.platform.personal_data.fields import EncryptedTextField, Sealed
from niangjia.platform.personal_data.masks import mask_name

ROWS = 1_000
COLUMNS = ("pk", "at", "subject_id", "subject_key", "reason")


def seal_reasons(apps, _schema_editor):
    """What was typed is sealed, and names of members are masked. The chain covers what is stored, so that it begins anew
    where anything changed."""
    entries, last = apps.get_model("audit", "AuditEntry").objects, 0
    told, field = entries.exclude(reason="").order_by("pk"), entries.model._meta.get_field("sealed")
    while found := list(told.filter(pk__gt=last).values_list(*COLUMNS)[:ROWS]):
        for (pk, *_told), sealed in zip(found, sealed_reasons(field, [one for _pk, *one in found]), strict=True):
            entries.filter(pk=pk).update(sealed=sealed)
        last = found[-1][0]
    if mask_names(entries) or last:
        begin_anew(apps)


def sealed_reasons(field, told):
    """Each reason under the key of the person concerned, or the trail's; about an erased person nothing is left."""
    whose = [key or trail_key(at) for at, _id, key, _reason in told]
    with data_keys.held(whose, making=True) as keys:
        return [
            Sealed() if keys[key].erased_at else field.seal(subject_id, reason, key)
            for (_at, subject_id, _key, reason), key in zip(told, whose, strict=True)
        ]


def mask_names(entries):
    """The names of members who acted are masked; how many were not."""
    members, last, masked = entries.filter(actor_kind="member").exclude(actor_name="").order_by("pk"), 0, 0
    while found := list(members.filter(pk__gt=last).values_list("pk", "actor_name")[:ROWS]):
        plain = [(pk, name) for pk, name in found if mask_name(name) != name]
        for pk, name in plain:
            entries.filter(pk=pk).update(actor_name=mask_name(name))
        last, masked = found[-1][0], masked + len(plain)
    return masked


def begin_anew(apps):
    """Take the chain away; the sealer makes it anew."""
    apps.get_model("audit", "AuditSeal").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_entries_and_seals"),
        ("personal_data", "0001_keys_looks_and_consents"),
    ]

    operations = [
        changeable("audit_auditentry"),
        changeable("audit_auditseal"),
        migrations.AddField(
            model_name="auditentry",
            name="sealed",
            field=EncryptedTextField(
                blank=True, default="", max_length_plain=500, person_key="sealed_by", row_key="subject_id",
                bound_as="audit.auditentry.reason",
            ),
        ),
        migrations.RunPython(seal_reasons, migrations.RunPython.noop),
        migrations.RemoveField(model_name="auditentry", name="reason"),
        migrations.RenameField(model_name="auditentry", old_name="sealed", new_name="reason"),
        migrations.AlterField(
            model_name="auditentry",
            name="reason",
            field=EncryptedTextField(blank=True, max_length_plain=500, person_key="sealed_by", row_key="subject_id"),
        ),
        append_only("audit_auditentry"),
        append_only("audit_auditseal"),
    ]
