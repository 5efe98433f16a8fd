"""The campaign's vocabulary and settings, and the records the portal kit keeps."""

from campaign.models.calendar import Holiday
from campaign.models.imports import ImportBatch, ImportLayout, ImportLine
from campaign.models.kit import ChangeEntry, Draft, Job, JobReceipt, Submission, VersionedModel
from campaign.models.lists import BulkChange, ListHabit, SavedView
from campaign.models.vocabulary import (
    AgeBand,
    Audience,
    CampaignSettings,
    Headcount,
    Mode,
    Presence,
    Sex,
    Topic,
    VocabularyModel,
    age_band_of,
)

__all__ = [
    "AgeBand",
    "Audience",
    "BulkChange",
    "CampaignSettings",
    "ChangeEntry",
    "Draft",
    "Headcount",
    "Holiday",
    "ImportBatch",
    "ImportLayout",
    "ImportLine",
    "Job",
    "JobReceipt",
    "ListHabit",
    "Mode",
    "Presence",
    "SavedView",
    "Sex",
    "Submission",
    "Topic",
    "VersionedModel",
    "VocabularyModel",
    "age_band_of",
]
