"""Note every change of the records that figures are made from; keep bitmaps uncompressed."""

from django.db import migrations

from reporting import triggers

BLOBS = (
    ("reporting_rollupfact", "people"),
    ("reporting_rollupcell", "people"),
    ("reporting_rollupcell", "done"),
    ("reporting_rolluptrait", "people"),
)


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)
    if schema_editor.connection.vendor == "postgresql":
        # Bitmaps are compressed already; compressing them again makes settling six times slower.
        for table, column in BLOBS:
            schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
        schema_editor.execute(
            "ALTER TABLE reporting_rollupcell SET (autovacuum_vacuum_scale_factor = 0.05)"
        )


def remove(apps, schema_editor):
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0001_initial"),
        ("units", "0001_initial"),
        ("classes", "0001_initial"),
        ("activities", "0001_initial"),
    ]
    operations = [migrations.RunPython(install, remove)]
