"""The words a province starts with."""

from pathlib import Path

import pytest

from activities.models import ActivityType, ModelKind, SolutionField
from campaign.models import Audience, Topic
from campaign.vocabulary import sow, words_in

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = [
    (Audience, ROOT / "campaign/data/audiences.csv"),
    (Topic, ROOT / "campaign/data/topics.csv"),
    (ActivityType, ROOT / "activities/data/activity_types.json"),
    (ModelKind, ROOT / "activities/data/model_kinds.csv"),
    (SolutionField, ROOT / "activities/data/solution_fields.csv"),
]


@pytest.mark.parametrize(("model", "path"), FILES, ids=lambda v: getattr(v, "__name__", ""))
def test_every_word_is_there_with_both_names_and_is_valid(db, model, path):
    sow(model, path)
    for word in words_in(path):
        row = model.objects.get(code=word["code"])
        assert row.name_vi
        assert row.name_en
        row.full_clean()


@pytest.mark.parametrize(("model", "path"), FILES, ids=lambda v: getattr(v, "__name__", ""))
def test_sowing_again_adds_nothing_and_keeps_what_people_changed(db, model, path):
    sow(model, path)
    first = model.objects.order_by("position").first()
    model.objects.filter(pk=first.pk).update(name_vi="Tên đã sửa", is_archived=True)
    count = model.objects.count()
    assert sow(model, path) == 0
    assert model.objects.count() == count
    first.refresh_from_db()
    assert first.name_vi == "Tên đã sửa"
    assert first.is_archived


def test_the_fields_of_every_activity_type_can_be_shown(db):
    columns = {"chaired_by", "items", "households_visited", "households_reached", "teams_trained"}
    for word in words_in(FILES[2][1]):
        keys = [field["key"] for field in word["fields"]]
        assert len(keys) == len(set(keys)), word["code"]
        for field in word["fields"]:
            if field["type"] == "column":
                assert field["key"] in columns
                continue
            assert field["key"] not in columns
            assert field["label_vi"]
            assert field["label_en"]
            assert field["type"] in {"text", "number", "choice", "flag"}
            assert (field["type"] == "choice") == bool(field.get("choices"))


def test_every_campaign_group_has_an_audience_and_solutions_have_enough_fields(db):
    groups = {word["group"] for word in words_in(FILES[0][1])}
    assert groups == set(Audience.Group.values)
    assert len(words_in(FILES[4][1])) >= 25
