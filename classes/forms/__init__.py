"""What people type about classes, sessions, attendance and the people who learn."""

from classes.forms.attendance import ReasonForm, SessionForm, headcount_formset
from classes.forms.entry import TrainingClassForm, session_formset
from classes.forms.people import CompletionForm, ParticipantForm

__all__ = [
    "CompletionForm",
    "ParticipantForm",
    "ReasonForm",
    "SessionForm",
    "TrainingClassForm",
    "headcount_formset",
    "session_formset",
]
