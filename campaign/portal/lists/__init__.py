"""Lists of records: filtered, sorted, paged, kept as views, exported, changed together."""

from campaign.portal.lists.acts import BulkAct, CancelAct, EditAct
from campaign.portal.lists.page import Column, ListPage

__all__ = ["BulkAct", "CancelAct", "Column", "EditAct", "ListPage"]
