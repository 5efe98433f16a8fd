"""What the reporting app keeps, by room: figures, declarations, cycles, reports, what is frozen, targets."""

from reporting.models.closing import Amendment, AmendmentMark, PeriodLock, Snapshot, UnlockWindow
from reporting.models.compiled import (
    CompiledReport,
    CompiledText,
    ProvinceForm,
    ReportLetter,
    Subscription,
)
from reporting.models.cycles import (
    ReportingCycle,
    ReportTemplate,
    TemplateQuestion,
    TemplateSection,
)
from reporting.models.declared import DeclaredFigure, ExternalRanking
from reporting.models.reminders import Notification, Reminder
from reporting.models.reports import Report, ReportAnswer, ReportComment, ReportEvent, ReportText
from reporting.models.rollups import (
    COUNTERS,
    Axis,
    Counters,
    DirtyMark,
    RollupCell,
    RollupFact,
    RollupState,
    RollupTrait,
    VerificationRun,
)
from reporting.models.targets import Target

__all__ = [
    "COUNTERS",
    "Amendment",
    "AmendmentMark",
    "Axis",
    "CompiledReport",
    "CompiledText",
    "Counters",
    "DeclaredFigure",
    "DirtyMark",
    "ExternalRanking",
    "Notification",
    "PeriodLock",
    "ProvinceForm",
    "Reminder",
    "Report",
    "ReportAnswer",
    "ReportComment",
    "ReportEvent",
    "ReportLetter",
    "ReportTemplate",
    "ReportText",
    "ReportingCycle",
    "RollupCell",
    "RollupFact",
    "RollupState",
    "RollupTrait",
    "Snapshot",
    "Subscription",
    "Target",
    "TemplateQuestion",
    "TemplateSection",
    "UnlockWindow",
    "VerificationRun",
]
