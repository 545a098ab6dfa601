from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0014_guardians_dispute_for_wards'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='dispute',
            name='dispute_for_a_ward_has_a_ward',
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('for_ward', False), ('person__isnull', False), _connector='OR'), name='dispute_for_a_ward_has_a_ward'),
        ),
    ]
