import niangjia.kernel.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.CharField(max_length=80)),
                ('purpose', models.CharField(max_length=60)),
                ('key', models.CharField(max_length=255)),
                ('body_hash', models.CharField(max_length=64)),
                ('answer', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(default=niangjia.kernel.clock.now)),
            ],
            options={
                'indexes': [models.Index(fields=['created_at'], name='requests_answer_by_age')],
                'constraints': [models.UniqueConstraint(fields=('owner', 'purpose', 'key'), name='requests_one_answer_per_key')],
            },
        ),
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('key', models.CharField(max_length=120, primary_key=True, serialize=False)),
                ('count', models.BigIntegerField()),
                ('ends_ms', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['ends_ms'], name='requests_counter_by_end')],
            },
        ),
    ]
