"""
The first tables.
"""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """
    Messages and credentials.
    """

    initial = True
    operations = (
        migrations.CreateModel(
            name="Message",
            fields=[("message_id", models.TextField(primary_key=True, serialize=False))],
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("credential_id", models.TextField(primary_key=True, serialize=False)),
                ("status", models.TextField()),
                ("occurred_at", models.FloatField()),
            ],
        ),
    )
