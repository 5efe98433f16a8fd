"""Sow the audiences and topics a province starts with."""

from pathlib import Path

from django.db import migrations

from campaign.vocabulary import sow

DATA = Path(__file__).resolve().parent.parent / "data"


def sow_words(apps, schema_editor):
    sow(apps.get_model("campaign", "Audience"), DATA / "audiences.csv")
    sow(apps.get_model("campaign", "Topic"), DATA / "topics.csv")


class Migration(migrations.Migration):
    dependencies = [("campaign", "0001_initial")]
    operations = [migrations.RunPython(sow_words, migrations.RunPython.noop)]
