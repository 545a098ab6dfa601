from django.db import migrations, models

import niangjia.kernel.clock

# From existing sessions: the last code that was typed; without any, when the account was made.
FROM_SESSIONS = """
UPDATE accounts_user SET phone_proved_at = COALESCE(
  (SELECT MAX(s.second_factor_at) FROM accounts_session s WHERE s.user_id = accounts_user.id AND s.kind = 'member'),
  created_at)
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_email_addresses")]

    operations = [
        migrations.AddField("session", "held", models.BooleanField(default=False)),
        migrations.AddField(
            "user",
            "phone_proved_at",
            models.DateTimeField(default=niangjia.kernel.clock.now, editable=False, null=True),
        ),
        migrations.RunSQL(FROM_SESSIONS, migrations.RunSQL.noop),
    ]
