"""The tables of the index. The full-text part is the database's own and unknown to Django's models."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

LITE = (
    # nothing but the tokens: passages are kept beside it, and the plain form decides what matches
    "CREATE VIRTUAL TABLE search_index USING fts5 (words, content='', columnsize=0, detail=none, tokenize='ascii')",
)
SERVER = (
    "ALTER TABLE search_passage ADD COLUMN words tsvector",
    # the rows that a common word proposes are sorted by place: narrow rows, with text and tokens beside them
    "ALTER TABLE search_passage SET (toast_tuple_target = 128)",
    "ALTER TABLE search_passage ALTER COLUMN words SET STORAGE EXTERNAL",
    "CREATE INDEX search_passage_words ON search_passage USING gin (words)",
)


def make(apps, editor):
    for sql in LITE if editor.connection.vendor == "sqlite" else SERVER:
        editor.execute(sql)


def unmake(apps, editor):
    if editor.connection.vendor == "sqlite":
        editor.execute("DROP TABLE search_index")


class Migration(migrations.Migration):
    initial = True

    dependencies = [("record", "0001_initial"), ("contenttypes", "0002_remove_content_type_name")]

    operations = [
        migrations.CreateModel(
            name="Passage",
            fields=[
                ("place", models.BigIntegerField(primary_key=True, serialize=False)),
                ("record", models.BigIntegerField()),
                ("title", models.TextField(blank=True)),
                ("body", models.TextField(blank=True)),
                ("text", models.TextField(blank=True)),
            ],
            options={"db_table": "search_passage"},
        ),
        migrations.CreateModel(
            name="Late",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=80)),
                ("lookup", models.CharField(max_length=200)),
                ("key", models.BigIntegerField()),
                ("after", models.BigIntegerField(default=0)),
            ],
            options={"db_table": "search_late"},
        ),
        migrations.CreateModel(
            name="FileText",
            fields=[
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="text",
                        serialize=False,
                        to="record.attachment",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits to be read"),
                            ("read", "read"),
                            ("none", "holds no text that can be read"),
                            ("failed", "could not be read"),
                        ],
                        max_length=8,
                    ),
                ),
                ("passages", models.PositiveIntegerField(default=0)),
                ("cut", models.BooleanField(default=False)),
                ("why", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "db_table": "search_file_text",
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["state"], name="search_waiting")
                ],
            },
        ),
        migrations.RunPython(make, unmake),
    ]
