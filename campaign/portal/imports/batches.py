"""The way of one file: uploaded, matched, checked, saved, and for a day taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import Http404
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaign.models import ImportBatch, ImportLine, Job
from campaign.portal import amending, jobs, uploads
from campaign.portal.access import Access
from campaign.portal.bulk import insert_many, update_many
from campaign.portal.figures import num
from campaign.portal.imports import layouts, tables
from campaign.portal.imports.kinds import resource_for
from campaign.portal.imports.resource import ImportResource, Progress
from campaign.portal.imports.rows import KEPT_OUT, Check, Decisions, Line, Outcome, Problem, Row
from campaign.portal.workbooks import WorkbookRefused

Step = ImportBatch.Step

AT_ONCE = 1_000
"""Rows that are checked while the person waits; more are checked by a job."""

MOST_TRIED = 2_000
"""Rows that are saved on trial when they are checked, to see whether they change closed records."""

UNDO_FOR = timedelta(hours=24)

LINES_KEPT_FOR = timedelta(days=30)
"""How long the rows of a file are kept: they may hold names and phones. Counts stay."""


class Refused(Exception):
    """An import that cannot go on; ``lines`` are the rows that stand in the way."""

    def __init__(self, message: str, lines: Sequence[tuple[Any, str]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.lines = list(lines)


def own_batch(key: str, access: Access) -> ImportBatch:
    """A person's own import; the same 404 for missing and somebody else's."""
    found = ImportBatch.objects.filter(key=key, by=access.user).select_related("job").first()
    if found is None:
        raise Http404
    return found


def resource_of(batch: ImportBatch, access: Access) -> ImportResource:
    """The resource a batch is read with, on behalf of who asks now."""
    resource = resource_for(batch.kind, access, batch.context, batch.options)
    resource.know(batch.columns.values())
    return resource


# --- Upload and columns ---------------------------------------------------------------------


def take(
    file: Any,
    *,
    kind: str,
    access: Access,
    context: Mapping[str, Any] | None = None,
    again: ImportBatch | None = None,
) -> ImportBatch:
    """Keep an uploaded file, look into it, and match its columns as well as can be guessed.

    Raises WorkbookRefused for files that are not read.
    """
    forget_old()
    resource = resource_for(kind, access, context)
    book = tables.inspect(file, str(file.name), limits=tables.LIMITS)
    file.seek(0)
    kept = uploads.keep(file, user=access.user)
    file.seek(0)
    batch = ImportBatch(
        kind=kind,
        by=access.user,
        file_name=kept.name,
        upload_key=kept.key,
        digest=hashlib.file_digest(file, "sha256").hexdigest(),
        context=dict(context or {}),
        language=translation.get_language() or "vi",
        again=again,
    )
    sheet, header = tables.likeliest(book.sheets, resource.headings())
    use_table(batch, resource, sheet, header, access=access, book=book)
    batch.save()
    return batch


def use_table(
    batch: ImportBatch,
    resource: ImportResource,
    sheet: str,
    header: int,
    *,
    access: Access,
    book: tables.Book,
) -> None:
    """Read a sheet with a row of headings, and match its columns: as before, else by guessing."""
    found = tables.sheet_of(book, sheet)
    if found.rows - header > resource.most_rows + tables.ROOM:
        raise WorkbookRefused(
            "rows",
            _("A file of this kind may have %(most)s rows. Split it and send the parts.")
            % {"most": num(resource.most_rows)},
        )
    batch.sheet, batch.header_row = sheet, header
    batch.rows_read = max(0, found.rows - header - 1)
    titles = tables.titles_of(book, sheet, header)
    known = layouts.remembered(resource, titles, access)
    if known:
        resource.know(known.columns.values())
    allowed = set(resource.headings()) | {tables.SOURCE_ROW}
    if known:
        batch.columns = {k: v for k, v in known.columns.items() if v in allowed}
        batch.options = dict(known.options)
    else:
        batch.columns = {str(k): v for k, v in layouts.guessed(resource, titles).items()}
        batch.options = {}
    batch.options["is_remembered"] = bool(known)
    source = tables.source_column(titles)
    if source is not None:
        batch.columns[str(source)] = tables.SOURCE_ROW
    batch.options["legacy"] = found.legacy or ""


def match(
    batch: ImportBatch,
    columns: Mapping[int, str],
    options: Mapping[str, Any],
    *,
    access: Access,
    is_shared: bool = False,
) -> None:
    """Take over which column is which, and remember it for the next file like it."""
    resource = resource_of(batch, access)
    if len(set(columns.values())) < len(columns):
        raise ValidationError(_("Two columns of the file cannot be one and the same field."))
    missing = [
        resource.label_of(name)
        for name, field in resource.used_columns().items()
        if field.required and not field.carries_down and name not in columns.values()
    ]
    if missing and "row_key" not in columns.values():
        raise ValidationError(
            _("Say which column is: %(columns)s.") % {"columns": ", ".join(missing)},
            code="missing",
        )
    batch.columns = {str(place): name for place, name in columns.items()}
    batch.options = dict(options)
    batch.decisions = {}
    book = tables.look_into_kept(uploads.kept(batch.upload_key, user=access.user))
    titles = tables.titles_of(book, batch.sheet, batch.header_row)
    kept = {k: v for k, v in options.items() if k in ("map",)}
    layouts.remember(resource, titles, batch.columns, kept, access=access, is_shared=is_shared)
    batch.save()


# --- Checking -------------------------------------------------------------------------------


def start_check(batch: ImportBatch, *, access: Access) -> None:
    """Check the rows: at once when they are few, as a job when they are many."""
    if batch.rows_read <= AT_ONCE:
        check(batch, access=access)
        return
    with transaction.atomic():  # the job may begin as soon as it is committed
        batch.step = Step.CHECKING
        batch.job = jobs.enqueue(
            "import_check",
            access=access,
            label=_("Check %(file)s") % {"file": batch.file_name},
            params={"batch": batch.pk},
        )
        batch.save()


@jobs.job("import_check")
def check_job(job: Job, access: Access, progress: jobs.Progress) -> None:
    """Check a long file."""
    batch = ImportBatch.objects.get(pk=job.params["batch"], by=access.user)
    if batch.step == Step.CHECKING:
        check(batch, access=access, progress=progress)


def check(batch: ImportBatch, *, access: Access, progress: Progress | None = None) -> Check:
    """Say of every row what would become of it; nothing but that is stored."""
    resource = resource_of(batch, access)
    decisions = Decisions.from_plain(batch.decisions)
    rows, left_out = tables.rows_of(batch, resource, access)
    found = resource.walk(rows, decisions, save=False, progress=progress)
    found.lines = in_order(found.lines, left_out)
    closed = closed_records(batch, found, rows, access=access)
    with transaction.atomic():
        _keep_lines(batch, found, resource)
        batch.notes["closed"] = closed
        batch.step = Step.CHECKED
        batch.save()
    return found


def closed_records(
    batch: ImportBatch, found: Check, rows: Sequence[Row], *, access: Access
) -> int | None:
    """How many records of closed periods saving would change; None where it was not tried.

    It is tried by saving and taking back, unless the days of the rows already rule it out.
    """
    last = amending.last_closed_day(access)
    written = found.of(Outcome.NEW, Outcome.CHANGED)
    if last is None or not written:
        return 0
    days = [value for line in written for value in line.values.values() if isinstance(value, date)]
    if days and min(days) > last and not found.of(Outcome.CHANGED):
        return 0
    if len(written) > MOST_TRIED:
        return None
    decisions, resource = Decisions.from_plain(batch.decisions), resource_of(batch, access)
    try:
        return amending.closed_records_changed_by(lambda: resource.walk(rows, decisions, save=True))
    except DatabaseError:  # somebody changes the same rows just now
        return None


def in_order(lines: list[Line], left_out: list[Line]) -> list[Line]:
    """Every row of the file exactly once, as they stand in it."""
    if not left_out:
        return lines
    return sorted([*lines, *left_out], key=lambda line: line.row.number)


def _keep_lines(batch: ImportBatch, found: Check, resource: ImportResource) -> None:
    """Store what becomes of each row in the place of what was known before."""
    ImportLine.objects.filter(batch=batch).delete()
    insert_many(ImportLine, LINE_COLUMNS, _stored(batch, found.lines, resource))
    _tell(batch, found)


def _keep_saved_lines(batch: ImportBatch, found: Check, resource: ImportResource) -> None:
    """Store what became of each row; one that came as it was checked is not written anew."""
    checked = {
        number: (pk, outcome)
        for pk, number, outcome in ImportLine.objects.filter(batch=batch).values_list(
            "pk", "number", "outcome"
        )
    }
    kept, others = [], []
    for line in found.lines:
        pk, outcome = checked.get(line.row.number, (0, ""))
        if outcome == line.outcome and outcome in (Outcome.NEW, Outcome.UNCHANGED):
            kept.append((pk, line))
            del checked[line.row.number]
        else:
            others.append(line)
    gone = sorted(pk for pk, _outcome in checked.values())
    for start in range(0, len(gone), 1_000):
        ImportLine.objects.filter(pk__in=gone[start : start + 1_000]).delete()
    insert_many(ImportLine, LINE_COLUMNS, _stored(batch, others, resource))
    update_many(
        ImportLine,
        ("record_id", "before", "version", "is_saved"),
        ((pk, x.record_id, x.before, x.version, x.is_saved) for pk, x in kept if x.is_saved),
    )
    _tell(batch, found)


def _tell(batch: ImportBatch, found: Check) -> None:
    """What the file came to as a whole."""
    batch.rows_read, batch.counts = len(found.lines), found.counts
    batch.notes = {"mended": dict(found.mended)}


LINE_COLUMNS = (
    "batch", "number", "outcome", "values", "problems", "changes", "candidates", "record_id",
    "before", "version", "is_saved",
)  # fmt: skip


def _stored(
    batch: ImportBatch, lines: Iterable[Line], resource: ImportResource
) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        yield (
            batch.pk, line.row.number, str(line.outcome), resource.told(line.row.cells),
            [problem.plain() for problem in line.problems],
            [[c.column, c.before, c.after] for c in line.changes],
            line.candidates, line.record_id, line.before, line.version, line.is_saved,
        )  # fmt: skip


# --- Deciding -------------------------------------------------------------------------------


def decide(batch: ImportBatch, change: Any, *, access: Access) -> None:
    """Change the decisions about the rows of a batch, and check it again."""
    if batch.step not in (Step.CHECKED, Step.CHECKING):
        raise Refused(_("This file is saved already, or given up."))
    decisions = Decisions.from_plain(batch.decisions)
    change(decisions)
    batch.decisions = decisions.plain()
    start_check(batch, access=access)


def causes_of(batch: ImportBatch) -> list[dict[str, Any]]:
    """What keeps rows out, by cause: each with its rows and the fixes offered, commonest first."""
    causes: dict[tuple[str, str, str], dict[str, Any]] = {}
    lines = ImportLine.objects.filter(batch=batch, outcome=Outcome.ERROR).order_by("number")
    for number, problems in lines.values_list("number", "problems"):
        for problem in map(Problem.from_plain, problems):
            if problem.level != "error":
                continue
            cause = causes.setdefault(
                problem.cause,
                {"problem": problem, "rows": [], "fixes": problem.fixes},
            )
            cause["rows"].append(number)
    return sorted(causes.values(), key=lambda cause: -len(cause["rows"]))


def rows_with_cause(batch: ImportBatch, cause: tuple[str, str, str]) -> list[int]:
    """The rows one cause keeps out."""
    return next(
        (found["rows"] for found in causes_of(batch) if found["problem"].cause == cause), []
    )


# --- Saving ---------------------------------------------------------------------------------


def start_saving(batch: ImportBatch, choice: str, *, access: Access) -> None:
    """Queue the saving of a checked batch."""
    with transaction.atomic():
        found = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if found.step != Step.CHECKED:
            raise Refused(_("This file is saved already, or given up."))
        counts = found.counts
        if choice == ImportBatch.Choice.ALL_OR_NOTHING and any(counts.get(o) for o in KEPT_OUT):
            raise Refused(_("Some rows are not right yet, so nothing was saved."))
        if found.notes.get("closed") and amending.why() is None:
            raise Refused(_("Records of closed days change only for a reason: nothing was saved."))
        found.choice, found.step = choice, Step.RUNNING
        found.job = jobs.enqueue(
            "import_save",
            access=access,
            label=_("Import %(file)s") % {"file": batch.file_name},
            params={"batch": batch.pk},
        )
        found.save()


@jobs.job("import_save")
def save_job(job: Job, access: Access, progress: jobs.Progress) -> None:
    """Save a batch. It may run twice: what a dead attempt saved is not saved again."""
    try:
        with transaction.atomic():
            jobs.hold(job)
            with amending.again(job.params.get("amending"), "import"):
                save(job.params["batch"], access=access, progress=progress)
    except IntegrityError as error:
        if amending.refusal_in(error):  # closed since it was checked: the page asks for a reason
            _ask_for_reason(job.params["batch"])
        raise


def _ask_for_reason(pk: int) -> None:
    batch = ImportBatch.objects.get(pk=pk)
    ImportBatch.objects.filter(pk=pk).update(notes=batch.notes | {"closed": None})


def save(pk: int, *, access: Access, progress: Progress | None = None) -> ImportBatch:
    """Save the good rows of a batch, or all of them or none: one transaction in either case."""
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=pk, by=access.user)
        if batch.step != Step.RUNNING:
            return batch
        resource = resource_of(batch, access)
        one_at_a_time(resource)
        decisions = Decisions.from_plain(batch.decisions)
        checked = ImportLine.objects.filter(batch=batch, version__isnull=False)
        decisions.based_on = {n: v or 0 for n, v in checked.values_list("number", "version")}
        rows, left_out = tables.rows_of(batch, resource, access)
        point = transaction.savepoint()
        found = resource.walk(rows, decisions, save=True, progress=progress)
        found.lines = in_order(found.lines, left_out)
        all_or_nothing = batch.choice == ImportBatch.Choice.ALL_OR_NOTHING
        if all_or_nothing and found.of(*KEPT_OUT):
            transaction.savepoint_rollback(point)
            for line in found.lines:
                line.is_saved, line.before = False, None
            batch.step = Step.CHECKED
        else:
            transaction.savepoint_commit(point)
            batch.step, batch.saved_at = Step.DONE, timezone.now()
        _keep_saved_lines(batch, found, resource)
        batch.save()
    return batch


def one_at_a_time(resource: ImportResource) -> None:
    """Imports of one kind into one province wait for one another: a file sent twice is one."""
    if connection.vendor == "postgresql":  # SQLite lets one writer in at a time anyway
        province = next(iter(resource.access.register.paths), "")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"import:{resource.code}:{province}"]
            )


def step_back(batch: ImportBatch) -> None:
    """Go on after the job of a batch failed or was cancelled: nothing of it was saved."""
    ended = batch.job is None or batch.job.status in (Job.Status.FAILED, Job.Status.CANCELLED)
    before = {Step.CHECKING: Step.MAPPING, Step.RUNNING: Step.CHECKED, Step.UNDOING: Step.DONE}
    step = before.get(Step(batch.step))
    if ended and step is not None:
        ImportBatch.objects.filter(pk=batch.pk, step=batch.step).update(step=step)


# --- Taking back ----------------------------------------------------------------------------


def may_undo(batch: ImportBatch) -> bool:
    """Whether a saved batch can still be taken back."""
    return (
        batch.step == Step.DONE
        and batch.saved_at is not None
        and timezone.now() - batch.saved_at < UNDO_FOR
    )


def undo_asks_reason(batch: ImportBatch, access: Access) -> bool:
    """Whether a reason is asked for before: a job that takes a long import back cannot ask."""
    is_long = ImportLine.objects.filter(batch=batch, is_saved=True).count() > AT_ONCE
    return is_long and may_undo(batch) and amending.last_closed_day(access) is not None


def start_undo(batch: ImportBatch, *, access: Access) -> int | None:
    """Take a whole import back: at once (returns the number of rows), or as a job (None).

    Raises Refused, with the rows, where a record was edited since: nothing is taken back then.
    """
    rows = ImportLine.objects.filter(batch=batch, is_saved=True).count()
    if rows <= AT_ONCE:
        return undo(batch, access=access)
    with transaction.atomic():
        found = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if not may_undo(found):
            raise Refused(_("An import can be taken back for 24 hours."))
        found.step = Step.UNDOING
        found.job = jobs.enqueue(
            "import_undo",
            access=access,
            label=_("Take %(file)s back") % {"file": batch.file_name},
            params={"batch": batch.pk},
        )
        found.save()
    return None


@jobs.job("import_undo")
def undo_job(job: Job, access: Access, progress: jobs.Progress) -> None:
    """Take a long import back; where that is refused it stays saved, and the reason is told."""
    batch = ImportBatch.objects.get(pk=job.params["batch"], by=access.user)
    if batch.step != Step.UNDOING:
        return
    try:
        with transaction.atomic():
            jobs.hold(job)
            with amending.again(job.params.get("amending"), "undo"):
                undo(batch, access=access)
    except Refused as refused:
        ImportBatch.objects.filter(pk=batch.pk).update(step=Step.DONE)
        raise jobs.JobRefused(refused.message) from refused


@transaction.atomic
def undo(batch: ImportBatch, *, access: Access) -> int:
    """Take a whole import back; returns the number of rows.

    Raises Refused, with the rows, where a record was edited since: nothing is taken back then.
    """
    found = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if not (found.step == Step.UNDOING or may_undo(found)):
        raise Refused(_("An import can be taken back for 24 hours."))
    resource = resource_of(found, access)
    one_at_a_time(resource)
    lines = list(ImportLine.objects.filter(batch=found, is_saved=True).order_by("number"))
    with resource.saving():
        in_the_way = resource.standing_in_the_way(lines)
        if in_the_way:
            raise Refused(
                _("Nothing was taken back: some rows were changed after the import."), in_the_way
            )
        try:
            resource.undo(lines)
        except ValidationError as error:
            raise Refused(" ".join(error.messages)) from error
    found.step, found.undone_at = Step.UNDONE, timezone.now()
    found.save()
    return len(lines)


@transaction.atomic
def drop(batch: ImportBatch, *, access: Access) -> None:
    """Give a file up that was not saved."""
    if batch.step in (Step.MAPPING, Step.CHECKED, Step.CHECKING):
        batch.step = Step.DROPPED
        batch.save()
        ImportLine.objects.filter(batch=batch).delete()
        transaction.on_commit(uploads.kept(batch.upload_key, user=access.user).drop)


def forget_old() -> int:
    """Delete the rows of files that were brought in long ago; returns how many rows went."""
    oldest = timezone.now() - LINES_KEPT_FOR
    return ImportLine.objects.filter(batch__created_at__lt=oldest).delete()[0]


def lines_of(batch: ImportBatch, *outcomes: str) -> Iterator[ImportLine]:
    """The rows of a batch with one of these outcomes, in their order."""
    lines = ImportLine.objects.filter(batch=batch)
    if outcomes:
        lines = lines.filter(outcome__in=outcomes)
    return lines.order_by("number").iterator(chunk_size=1_000)
