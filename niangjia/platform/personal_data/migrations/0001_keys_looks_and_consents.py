import django.db.models.deletion
import niangjia.kernel.clock
import niangjia.kernel.ids
import niangjia.platform.personal_data.fields
from django.db import migrations, models

from niangjia.platform.audit.triggers import append_only


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('version', models.CharField(max_length=20)),
                ('language', models.CharField(max_length=10)),
                ('body', models.TextField()),
                ('published_at', models.DateTimeField(default=niangjia.kernel.clock.now)),
            ],
            options={
                'indexes': [models.Index(fields=['code', 'language', '-published_at'], name='personal_data_current_text')],
                'constraints': [models.UniqueConstraint(fields=('code', 'version', 'language'), name='personal_data_one_text_per_version')],
            },
        ),
        migrations.CreateModel(
            name='DataKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_key', models.CharField(max_length=40, unique=True)),
                ('wrapped', models.BinaryField()),
                ('created_at', models.DateTimeField(default=niangjia.kernel.clock.now, editable=False)),
                ('erased_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('erased_at__isnull', True), ('wrapped', b''), _connector='OR'), name='personal_data_erased_key_is_empty')],
            },
        ),
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=niangjia.kernel.clock.now)),
                ('actor_user_id', models.BigIntegerField(null=True)),
                ('actor_name', models.CharField(max_length=100)),
                ('role', models.CharField(blank=True, max_length=40)),
                ('union_id', models.BigIntegerField(null=True)),
                ('subject_key', models.CharField(max_length=40)),
                ('kind', models.CharField(choices=[('opened', 'opened'), ('unmasked', 'unmasked'), ('search_hit', 'search_hit'), ('exported', 'exported')], max_length=16)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('fields', models.JSONField(default=list)),
                ('trace', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'indexes': [models.Index(fields=['subject_key', '-at'], name='personal_data_looks_at_person'), models.Index(fields=['actor_user_id', '-at'], name='personal_data_looks_by_user')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=niangjia.kernel.ids.new_public_id, editable=False, max_length=24, unique=True)),
                ('subject_key', models.CharField(max_length=40)),
                ('code', models.CharField(max_length=60)),
                ('answered_by_user_id', models.BigIntegerField(null=True)),
                ('given_at', models.DateTimeField(null=True)),
                ('declined_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('guardian_name', niangjia.platform.personal_data.fields.EncryptedTextField(blank=True, max_length_plain=50, person_key='subject_key')),
                ('guardian_relation', models.CharField(blank=True, max_length=20)),
                ('text', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='personal_data.consenttext')),
            ],
            options={
                'indexes': [models.Index(fields=['subject_key', 'code'], name='personal_data_consents_of')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('declined_at__isnull', True), ('given_at__isnull', False)), models.Q(('declined_at__isnull', False), ('given_at__isnull', True), ('withdrawn_at__isnull', True)), _connector='OR'), name='personal_data_consent_given_or_declined'), models.UniqueConstraint(condition=models.Q(('given_at__isnull', False), ('withdrawn_at__isnull', True)), fields=('subject_key', 'code'), name='personal_data_one_consent_in_force')],
            },
        ),
        append_only("personal_data_look"),
        append_only("personal_data_consenttext"),
    ]
