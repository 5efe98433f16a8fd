"""Pages of classes: the list, one class, its form, its attendance, the people on its list."""

from classes.views.attendance import SessionPage, attendance_grid
from classes.views.detail import cancel, cancel_session, detail, restore, restore_session
from classes.views.entry import TrainingClassPage
from classes.views.lists import TrainingClassList
from classes.views.people import PeoplePage, enrol, roster_action

__all__ = [
    "PeoplePage",
    "SessionPage",
    "TrainingClassList",
    "TrainingClassPage",
    "attendance_grid",
    "cancel",
    "cancel_session",
    "detail",
    "enrol",
    "restore",
    "restore_session",
    "roster_action",
]
