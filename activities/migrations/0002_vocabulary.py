"""Sow the activity types, kinds of models and fields of solutions a province starts with."""

from pathlib import Path

from django.db import migrations

from campaign.vocabulary import sow

DATA = Path(__file__).resolve().parent.parent / "data"


def sow_words(apps, schema_editor):
    sow(apps.get_model("activities", "ActivityType"), DATA / "activity_types.json")
    sow(apps.get_model("activities", "ModelKind"), DATA / "model_kinds.csv")
    sow(apps.get_model("activities", "SolutionField"), DATA / "solution_fields.csv")


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_initial")]
    operations = [migrations.RunPython(sow_words, migrations.RunPython.noop)]
