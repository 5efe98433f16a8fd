"""The steps of a provincial report: compiled, written, locked; afterwards only supplemented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from campaign.text import fold, nfc
from reporting.closing import snapshots
from reporting.compiled.content import Gathered, Missing
from reporting.compiled.gather import gather
from reporting.compiled.own_forms import current_form
from reporting.compiled.versions import Version, sections_of, text_of
from reporting.models import CompiledReport, CompiledText, Report, ReportingCycle, Snapshot
from reporting.phrases import Phrase, in_text
from reporting.phrases.narrative import as_text
from reporting.reports import flow
from units.models import Unit

LONGEST = 20_000


class Changed(Exception):
    """Somebody else wrote the same passage meanwhile: ``row`` is what they wrote."""

    def __init__(self, row: CompiledText) -> None:
        self.row = row
        super().__init__("changed")


# --- Compiling -----------------------------------------------------------------------------------


def is_compiled(cycle: ReportingCycle) -> bool:
    """Whether a provincial report is compiled of a cycle: not of a one-off request."""
    return cycle.unit.level == Unit.Level.PROVINCE and not cycle.template.is_request


def compile_report(
    cycle: ReportingCycle, access: Access, *, now: datetime | None = None
) -> CompiledReport:
    """A new version of the province's report, with the figures and approvals of this moment.

    What people wrote in the version before comes along, its numbers renewed; drafts nobody
    touched are drafted anew. After a locked version it is a supplement.
    """
    with transaction.atomic():
        _taken_cycle(cycle, access)
        now = now or timezone.now()
        gathered = gather(cycle, access, now)
        versions = CompiledReport.objects.within(access.review).filter(cycle=cycle)
        before = versions.order_by("-number").first()
        row = CompiledReport.unscoped.create(
            cycle=cycle, unit=cycle.unit, number=(before.number if before else 0) + 1, at=now,
            missing=before.missing if before else Missing.NOTED, by=access.user,
            gathered=gathered.kept(),
            supplement=versions.filter(locked_at__isnull=False).count(),
        )  # fmt: skip
        _write_drafts(row, gathered, before, access)
        history.record_change(row, ChangeEntry.Action.CREATED, access=access)
    return row


def _taken_cycle(cycle: ReportingCycle, access: Access) -> None:
    """Lock the cycle for somebody who compiles it."""
    rows = ReportingCycle.objects.within(access.review).select_for_update(of=("self",))
    if not rows.filter(pk=cycle.pk).exists():
        raise ValidationError(_("Only the focal officer may do this."), code="role")
    if not is_compiled(cycle):
        raise ValidationError(_("No provincial report is compiled of a request."), code="request")


def _write_drafts(
    row: CompiledReport, gathered: Gathered, before: CompiledReport | None, access: Access
) -> None:
    drafts = gathered.phrases
    old = {text.section: text for text in before.texts.all()} if before else {}
    old_drafts = Version(before).gathered.phrases if before else {}
    texts = []
    for code, _title, _required in sections_of(row.cycle.template):
        draft, kept = drafts.get(code, []), old.get(code)
        is_draft = kept is None or kept.is_draft
        text = as_text(draft) if kept is None or kept.is_draft else (
            renewed(kept.text, old_drafts.get(code, []), draft)
        )  # fmt: skip
        texts.append(
            CompiledText(
                compiled=row, section=code, text=text, is_draft=is_draft,
                by=access.user if is_draft or kept is None else kept.by,
            )
        )  # fmt: skip
    CompiledText.objects.bulk_create(texts)


def renewed(text: str, before: Sequence[Phrase], after: Sequence[Phrase]) -> str:
    """What somebody wrote, with the numbers that came from figures as they are now."""
    by_code = {phrase.code: phrase for phrase in after}
    now: dict[int, str] = {}
    for phrase in before:
        other = by_code.get(phrase.code)
        asked = [(number.key, number.unit) for number in phrase.numbers]
        if other and asked == [(number.key, number.unit) for number in other.numbers]:
            pairs = zip(phrase.numbers, other.numbers, strict=True)
            now |= {id(old): new.text for old, new in pairs}
    return "\n".join(
        "".join(now.get(id(piece), piece.text) for piece in in_text(line, before).segments)
        for line in text.splitlines()
    )


# --- Writing -------------------------------------------------------------------------------------


def newest(row: CompiledReport, access: Access) -> bool:
    """Whether no later version was compiled."""
    later = CompiledReport.objects.within(access.view).filter(
        cycle=row.cycle_id, number__gt=row.number
    )
    return not later.exists()


def open_version(pk: int, access: Access) -> CompiledReport:
    """A version that may still be changed, locked for this step; a ValidationError says why not."""
    rows = CompiledReport.objects.within(access.review).select_for_update(of=("self",))
    row = rows.select_related("cycle__template", "cycle__unit", "unit").filter(pk=pk).first()
    if row is None:
        raise ValidationError(_("Only the focal officer may do this."), code="role")
    if row.locked_at is not None:
        raise ValidationError(
            _("This version is locked. Compile a supplement to change something."), code="locked"
        )
    if not newest(row, access):
        raise ValidationError(
            _("There is a newer version of this report: change that one."), code="older"
        )
    return row


def set_missing(pk: int, rule: str, access: Access) -> None:
    """Choose what is said of units whose report is not approved."""
    if rule not in Missing.values:
        raise ValidationError(_("Choose one of the rules."))
    with transaction.atomic():
        row = open_version(pk, access)
        if row.missing == rule:
            return
        before, row.missing, row.version = row.missing, rule, row.version + 1
        row.save(update_fields=["missing", "version", "updated_at"])
        history.record_change(
            row, ChangeEntry.Action.CHANGED, access=access, changes={"missing": [before, rule]}
        )


def save_text(pk: int, section: str, text: str, version: int, access: Access) -> CompiledText:
    """Keep a passage; raises Changed when somebody else kept another since ``version``."""
    text = nfc(text.replace("\r\n", "\n")).strip("\n")
    if len(text) > LONGEST:
        raise ValidationError(_("This section is too long."))
    with transaction.atomic():
        row = open_version(pk, access)
        kept = row.texts.select_for_update().filter(section=section).first()
        if kept is None:
            raise ValidationError(_("The report has no such section."))
        if kept.text == text:
            return kept
        if kept.version != version:
            raise Changed(kept)
        kept.text, kept.is_draft, kept.by, kept.version = text, False, access.user, version + 1
        kept.save()
        return kept


def draft_again(pk: int, section: str, access: Access) -> None:
    """Throw away what was written in a section and draft it anew."""
    with transaction.atomic():
        row = open_version(pk, access)
        draft = Gathered.read(row.gathered).phrases.get(section, [])
        row.texts.filter(section=section).update(
            text=as_text(draft), is_draft=True, by=access.user, version=F("version") + 1
        )


# --- Locking -------------------------------------------------------------------------------------


def lock(
    pk: int, typed: str, reason: str, access: Access, *, now: datetime | None = None
) -> CompiledReport:
    """Close the figures of a version for the signature, and the cycle with it.

    ``typed`` is the period, written out by who locks it. Without every report approved it needs a
    ``reason``: the missing units are then named in the report, its annexes and its file.
    """
    now = now or timezone.now()
    with transaction.atomic():
        row = open_version(pk, access)
        _refuse_unconfirmed(row, typed)
        version = Version(row)
        _refuse_outdated(row, version.gathered, access)
        _refuse_unwritten(version)
        absent = version.gathered.missing
        reason = reason.strip()
        if absent and not reason:
            raise ValidationError(_say_missing(len(absent)), code="missing")
        written = replace(version.written, reason=reason if absent else "")
        row.exceptions = [
            {"unit": part.unit, "name": part.name, "state": part.state} for part in absent
        ]
        row.exceptions_reason = written.reason
        row.snapshot = snapshots.keep(
            text_of(row, written), unit=row.unit, report=None,
            occasion=Snapshot.Occasion.COMPILED, by=access.user,
        )  # fmt: skip
        row.form = current_form(row.cycle.template, access)
        row.locked_at, row.locked_by, row.version = now, access.user, row.version + 1
        row.save()
        _close(row, access, now)
        history.record_change(
            row, ChangeEntry.Action.CHANGED, access=access, reason=row.exceptions_reason,
            changes={"locked_at": [None, now.isoformat()]},
        )  # fmt: skip
    return row


def _close(row: CompiledReport, access: Access, now: datetime) -> None:
    """The reports it was compiled from are locked, the cycle is closed."""
    reports = Report.objects.within(access.review).filter(
        cycle=row.cycle, state=Report.State.APPROVED
    )
    for report in reports.select_related("unit", "cycle__template").order_by("pk"):
        flow.lock(report, access, now=now)
    cycle = row.cycle
    if cycle.closed_at is None:
        cycle.closed_at, cycle.closed_by, cycle.version = now, access.user, cycle.version + 1
        cycle.save(update_fields=["closed_at", "closed_by", "version", "updated_at"])


def confirmation(row: CompiledReport) -> str:
    """What somebody types to lock a version: the name of its period."""
    return str(row.cycle.days_meant.label)


def _refuse_unconfirmed(row: CompiledReport, typed: str) -> None:
    if _plain(typed) != _plain(confirmation(row)):
        words = {"period": confirmation(row)}
        raise ValidationError(_("Type the period exactly: %(period)s") % words, code="typed")


def _plain(text: str) -> str:
    return "".join(fold(text).split())


def moved_since(row: CompiledReport, gathered: Gathered, access: Access) -> int:
    """How many reports stand elsewhere than when the version was compiled."""
    reports = Report.objects.within(access.review).filter(cycle=row.cycle)
    now = dict(reports.values_list("unit_id", "state"))
    known = {part.unit: part.state for part in gathered.asked}
    locked_since = {(Report.State.APPROVED, Report.State.LOCKED)}
    return sum(
        now.get(unit) != known.get(unit) and (known.get(unit), now.get(unit)) not in locked_since
        for unit in now.keys() | known.keys()
    )


def _refuse_outdated(row: CompiledReport, gathered: Gathered, access: Access) -> None:
    """Reports that were approved or returned meanwhile must be in the version that is locked."""
    if moved := moved_since(row, gathered, access):
        raise ValidationError(
            ngettext(
                "%(count)s report has moved since this version was compiled. Compile it again.",
                "%(count)s reports have moved since this version was compiled. Compile it again.",
                moved,
            )
            % {"count": moved},
            code="outdated",
        )


def _refuse_unwritten(version: Version) -> None:
    if version.unwritten:
        sections = ", ".join(dict.fromkeys(version.unwritten))
        raise ValidationError(
            _("Write or remove the passages in brackets first: section %(sections)s.")
            % {"sections": sections},
            code="unwritten",
        )


def _say_missing(count: int) -> str:
    return ngettext(
        "%(count)s unit has no approved report. Say why the report is locked without it.",
        "%(count)s units have no approved report. Say why the report is locked without them.",
        count,
    ) % {"count": count}


def versions_of(cycle: ReportingCycle, access: Access) -> Any:
    """Every version of a cycle, the newest first, without what they were gathered from."""
    rows = CompiledReport.objects.within(access.view).filter(cycle=cycle)
    return rows.defer("gathered").select_related("by", "locked_by").order_by("-number")
