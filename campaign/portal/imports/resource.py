"""What a kind of import builds on: its columns, how a row finds its record, how it is saved.

A resource of django-import-export in which rows are read cell by cell (every problem of a row
is told at once, with its fixes), compared with what is kept, and saved or not by one and the
same walk: the check and the import cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, ClassVar

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    FieldDoesNotExist,
    ObjectDoesNotExist,
    ValidationError,
)
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.resources import ModelResource

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.imports.fields import CLEARED, ImportField, empty_value
from campaign.portal.imports.rows import (
    ROW_KEY,
    WHOLE_ROW,
    Change,
    Check,
    Decisions,
    Line,
    Outcome,
    Problem,
    Row,
    Unclear,
    shown,
)
from campaign.portal.imports.undoing import Undoing
from campaign.portal.scope import ScopedModel
from campaign.text import fold, nfc

Progress = Callable[[int, int], None]

KEY_LABEL = gettext_lazy("Row key")
KEY_HEADINGS = ("Khoá dòng", "Khóa dòng", "Mã dòng", "Row key")
VIEW_ONLY = gettext_lazy("view only")
"""What an export writes instead of a key into rows the reader may not change."""
VIEW_ONLY_WORDS = frozenset({"view only", "chi xem"})
PREFILLED = 500
"""Records a template begins with at most."""

DASHES = frozenset({"-", "–", "—"})
"""What clears a value: a blank cell leaves what is there."""


CELLS_REMEMBERED = 20_000
"""How many different cells of a file are read only once; more would only fill the memory."""


class ImportResource(Undoing, ModelResource):
    """Rows of one kind, read, compared and saved on somebody's behalf.

    A kind says: ``code`` (its name in addresses), ``label``, the ``rule`` that may use it, the
    ``scope`` of the records it may find, and its columns as ImportFields. It overrides what it
    must of ``prepare``, ``complete``, ``find``, ``start``, ``apply``, ``snapshot``, ``save``,
    ``undo_new`` and ``restore``.
    """

    do_not_call_in_templates: ClassVar[bool] = True

    code: ClassVar[str]
    label: ClassVar[Any]
    icon: ClassVar[str] = "file-spreadsheet"
    #: where it stands among the kinds on the importer's first page
    position: ClassVar[int] = 50
    rule: ClassVar[str] = "enter"
    scope: ClassVar[str] = "edit"
    most_rows: ClassVar[int] = 20_000
    #: fields of the model that the history, comparing and undoing look at
    kept: ClassVar[tuple[str, ...]] = ()
    #: {field of the model: column} where they have different names
    columns_of: ClassVar[Mapping[str, str]] = {}
    #: the column that is marked where two rows of a file say the same
    identity_column: ClassVar[str] = WHOLE_ROW
    #: whether a template begins with the records there are, their row keys locked
    is_prefilled: ClassVar[bool] = False
    #: the list whose rows these are, to come back to
    list_url: ClassVar[str] = ""

    class Meta:
        fields: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *,
        access: Access,
        context: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.access = access
        self.context = dict(context or {})
        declared = [
            (n, field) for n, field in self.fields.items() if isinstance(field, ImportField)
        ]
        self._columns = dict(sorted(declared, key=lambda pair: pair[1].place))
        for field in self._columns.values():
            field.widget.options = dict(options or {})
            field.widget.use(self.access, self.context)
        self._required = [name for name, f in self.used_columns().items() if f.required]
        self.is_saving = False
        self.mended: Counter[str] = Counter()
        self._seen: dict[Hashable, int] = {}
        self._names: dict[tuple[str, Any], str] = {}
        self._keyed: dict[int, Any] = {}
        #: the values of the record in the cells of the row at hand that say what it says already
        self._left: dict[str, Any] = {}
        self._cells: dict[Hashable, tuple[Any, Sequence[str], Problem | None]] = {}

    # --- columns ---------------------------------------------------------------------------

    def columns(self) -> dict[str, ImportField]:
        """The columns in the order of the template."""
        return self._columns

    def used_columns(self) -> dict[str, ImportField]:
        """The columns that make sense here: within a class, nobody asks for the class."""
        return {name: f for name, f in self.columns().items() if name not in self.context}

    def headings(self) -> dict[str, tuple[str, ...]]:
        """{column: every heading it is known by}; the row key of an export among them."""
        found: dict[str, tuple[str, ...]] = {
            name: (str(field.label), *field.headings) for name, field in self.used_columns().items()
        }
        return found | {ROW_KEY: (str(KEY_LABEL), *KEY_HEADINGS)}

    def column_of(self, title: str) -> str:
        """The column a heading names that is none of the headings; '' for none.

        Kinds with columns of their own for each file (a session, a day) say more; ``know``.
        """
        return ""

    def know(self, names: Iterable[str]) -> None:
        """Have the columns a file was matched with, where they are of that file alone."""

    def label_of(self, column: str) -> str:
        """What a column is called on the screen."""
        if column == ROW_KEY:
            return str(KEY_LABEL)
        field = self.columns().get(column)
        return capfirst(str(field.label)) if field else ""

    def section(self, cells: Sequence[Any]) -> dict[str, Any]:
        """The columns a row of a file fills for the rows below it, being no row of its own.

        {} for every other row; only kinds whose files are kept in sections say more.
        """
        return {}

    def told(self, cells: Mapping[str, Any]) -> dict[str, str]:
        """The cells of a row for the reader, the empty ones left out."""
        columns = self._columns
        return {
            name: columns[name].widget.tell(value) if name in columns else shown(value)
            for name, value in cells.items()
            if value is not None
        }

    def choices_of(self, column: str) -> list[str]:
        """What a drop-down for this column may offer: only what this person may write."""
        labels = getattr(self.columns()[column].widget, "labels", None)
        return list(labels().values()) if labels else []

    def texts_of(self, record: Any) -> dict[str, str]:
        """What the cells of a record say, as somebody would write them."""
        return {name: self.text_of(record, name) for name in self.used_columns()}

    def text_of(self, record: Any, column: str) -> str:
        """What one cell of a record says: in its export, and in a row that leaves it as it is."""
        return str(self.export_field(self.columns()[column], record) or "")

    def template_rows(self) -> list[dict[str, Any]]:
        """Rows a template begins with: {column: value}, and ROW_KEY for records there are."""
        if not self.is_prefilled:
            return []
        return [
            {**self.texts_of(record), ROW_KEY: self.row_key(record)}
            for record in self.get_queryset()[:PREFILLED]
        ]

    def text_read(self, column: str, values: Mapping[str, Any]) -> str:
        """What a cell would say that was read as the value of its column."""
        return str(self.columns()[column].widget.render(values[column]) or "")

    def leave_out(self, names: Iterable[str]) -> None:
        """Do without some columns: a page has another place for what they say."""
        for name in names:
            self._columns.pop(name, None)

    # --- what a kind says of itself ----------------------------------------------------------

    def get_queryset(self) -> Any:
        """Records in scope: others can be neither found nor changed."""
        model: type[ScopedModel] = self._meta.model
        return model.objects.within(getattr(self.access, self.scope))

    def prepare(self, rows: Sequence[Row]) -> None:
        """Read once, for all rows, what they will be compared with."""

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        """Look at the values of a row together: fill in what follows, add what is wrong."""

    def left_out(self, row: Row) -> str:
        """Why a row is none of this person's business, for the reader; '' when it is."""
        key = row.cells.get(ROW_KEY)
        if key is not None and fold(shown(key)) in VIEW_ONLY_WORDS:
            return _("You may see this record, not change it.")
        return ""

    def version_of(self, record: Any) -> int:
        """The version of a record with its parts: any change of them makes it a higher one."""
        return getattr(record, "version", 0)

    def row_key(self, record: Any) -> str:
        """What an export writes of a record, to find it again and to see what changed since."""
        return f"{record.pk}.{self.version_of(record)}"

    def find(self, values: Mapping[str, Any]) -> Any:
        """The record a row without a row key is about, by its natural key; None if it is new."""
        return None

    def identity(self, values: Mapping[str, Any]) -> Hashable:
        """What makes a new row the same as another of its file; None where nothing does."""
        return None

    def start(self, values: Mapping[str, Any]) -> Any:
        """A new record for a row, not saved."""
        return self._meta.model()

    def apply(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        """Put the values of a row into the record (not saved yet)."""
        for name, field in self.columns().items():
            if name in values and field.attribute:
                value = values[name]
                if value is CLEARED:
                    value = empty_value(record, field.attribute)
                setattr(record, field.attribute, value)

    def validate(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        """Judge the record as the form does; raises ValidationError by field."""
        record.full_clean(exclude=self.not_validated(record), validate_constraints=False)

    def not_validated(self, record: Any) -> set[str]:
        """Fields that validating leaves alone: relations were read in scope just before."""
        return {f.name for f in record._meta.fields if f.is_relation}

    def snapshot(self, record: Any) -> dict[str, Any]:
        """The record as JSON keeps it: what is compared, told in the history, and put back."""
        return history.snapshot(record, self.kept)

    def planned(self, record: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """The record as it would be kept, after ``apply``: to compare with ``snapshot``."""
        return self.snapshot(record)

    def candidates(self, values: Mapping[str, Any], record: Any) -> list[dict[str, Any]]:
        """Records this new row may be a second time: {"id", "label", "detail"}."""
        return []

    def decided(self, pk: int, values: Mapping[str, Any]) -> tuple[Any, bool]:
        """The record of the candidate a person decided for, and whether it is added by the row."""
        return self.get_queryset().get(pk=pk), False

    def save(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        """Store the record and its parts."""
        if is_new:
            record.save(force_insert=True)
        else:
            record.version += 1
            record.save()

    def judge(
        self, column: str, problems: list[Problem], rule: Callable[..., Any], *args: Any
    ) -> None:
        """Ask a rule of the forms about values of a row; its refusal is told at the column."""
        if args[0] is None or args[0] is CLEARED:
            return
        try:
            rule(*args)
        except ValidationError as error:
            code = str(getattr(error, "code", "") or rule.__name__)
            text = shown(args[0])
            problems += [Problem(column, code, message, text) for message in error.messages]

    def in_words(self, column: str, value: Any, record: Any) -> str:
        """One value of a snapshot for the reader; of a relation, the name it is known by."""
        try:
            field = self._meta.model._meta.get_field(column)
        except FieldDoesNotExist:
            return shown(value) or "–"
        if field.many_to_one and value:
            if (column, value) not in self._names:
                related = field.related_model
                manager = getattr(related, "unscoped", related._default_manager)
                self._names[column, value] = str(manager.filter(pk=value).first() or "–")
            return self._names[column, value]
        return history.value_in_words(self._meta.model, column, value)

    # --- the walk ------------------------------------------------------------------------------

    def walk(
        self,
        rows: Sequence[Row],
        decisions: Decisions,
        *,
        save: bool,
        progress: Progress | None = None,
    ) -> Check:
        """Say what becomes of every row; with ``save``, make it so (in the caller's transaction).

        Rows that were skipped or are wrong stay out and are told; a row that changes nothing
        is left alone, so that the same file twice is the same as once.
        """
        with self.saving() if save else nullcontext():
            return self._walk(rows, decisions, save=save, progress=progress)

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Records found inside are locked until the end of the transaction."""
        self.is_saving = True
        try:
            yield
        finally:
            self.is_saving = False

    def _walk(
        self, rows: Sequence[Row], decisions: Decisions, *, save: bool, progress: Progress | None
    ) -> Check:
        self.mended, self._seen, self._cells = Counter(), {}, {}
        rows = [decisions.applied(row) for row in rows]
        keys = {shown(row.cells.get(ROW_KEY)).strip().partition(".")[0] for row in rows}
        self._keyed = self.records_of(int(key) for key in keys if is_id(key))
        self.prepare([row for row in rows if row.number not in decisions.skipped])
        lines = []
        for done, row in enumerate(rows, start=1):
            if row.number in decisions.skipped:
                lines.append(Line(row, Outcome.SKIPPED))
            else:
                lines.append(self.line(row, decisions, save=save))
            if progress and done % 100 == 0:
                progress(done, len(rows))
        self.finish(lines, save=save)
        return Check(lines, self.mended)

    def finish(self, lines: Sequence[Line], *, save: bool) -> None:
        """Do at once, after the last row, what ``_store`` and the other steps put off till now."""

    def line(self, row: Row, decisions: Decisions, *, save: bool) -> Line:
        """What becomes of one row."""
        line = Line(row)
        if reason := self.left_out(row):
            line.outcome = Outcome.SKIPPED
            line.problems.append(Problem(WHOLE_ROW, "view_only", reason, level="hint"))
            return line
        record, based_on = self._by_row_key(row, line.problems)
        standing = self._standing(row, record)
        if record is not None and standing == {n for n in row.cells if n in self.columns()}:
            return self._left_as_it_is(line, record)
        self._left = self._kept_by(record, standing)
        line.values = values = self.read(row, line.problems)
        self.complete(values, line.problems)
        if record is None and not line.errors:
            record = self.find(values)
        is_new = record is None
        if is_new or row.is_whole:
            self._ask_for_missing(values, line.problems)
        self._refuse_twice(row, record, values, line.problems)
        if line.errors:
            line.outcome = Outcome.ERROR
            return line
        if is_new:
            record = self.start(values)
            if not self._decide_who(line, values, record, decisions):
                return line
            if line.record_id:
                record, is_new = self.decided(line.record_id, values)
        return self._written(line, record, values, decisions, based_on, is_new=is_new, save=save)

    def _standing(self, row: Row, record: Any) -> set[str]:
        """The columns of a row with a key that say what its record says already.

        They are taken from the record and not read again: what was right once stays right, even
        where a word was archived since or a place lies outside the person's own.
        """
        if record is None:
            return set()
        found = set()
        for name in self.columns():
            if name in row.cells:
                text = _squeezed(shown(row.cells[name]))
                is_left = not text and not row.is_whole
                if is_left or text == _squeezed(self.text_of(record, name)):
                    found.add(name)
        return found

    def _kept_by(self, record: Any, names: Iterable[str]) -> dict[str, Any]:
        """The values a record has in some columns (None where the kind takes care of them)."""
        attributes = {name: self.columns()[name].attribute for name in names}
        return {name: getattr(record, at) if at else None for name, at in attributes.items()}

    def _left_as_it_is(self, line: Line, record: Any) -> Line:
        self._refuse_twice(line.row, record, {}, line.problems)
        line.outcome = Outcome.ERROR if line.errors else Outcome.UNCHANGED
        line.record, line.record_id = record, record.pk
        line.version = self.version_of(record)
        return line

    def read(self, row: Row, problems: list[Problem]) -> dict[str, Any]:
        """The values of the cells of a row; blank cells are left out, or empty a whole row."""
        values: dict[str, Any] = {}
        columns = self.columns()
        for name, raw in row.cells.items():
            field = columns.get(name)
            if field is None:
                continue
            is_blank = raw is None or raw == ""
            if is_blank or (isinstance(raw, str) and len(raw) < 9 and raw.strip() in DASHES):
                if (row.is_whole or not is_blank) and field.can_clear and not field.required:
                    values[name] = CLEARED
                continue
            if name in self._left:
                if field.attribute:
                    values[name] = self._left[name]
                continue
            value, mends, problem = self._read_cell(name, field, raw, row)
            for what in mends:
                self.mend(what)
            if problem is None:
                values[name] = value
            else:
                problems.append(problem)
        return values

    def _read_cell(
        self, name: str, field: ImportField, raw: Any, row: Row
    ) -> tuple[Any, Sequence[str], Problem | None]:
        """The value of one cell, what was mended in it, what is wrong; equal cells are read once."""
        seen: Any = field.widget.looks_at
        beside = tuple(shown(row.cells.get(other)) for other in seen) if seen else None
        key = (name, raw.__class__, raw, beside)
        known = self._cells.get(key)
        if known is not None:
            return known
        mends: list[str] = []
        value, problem = None, None
        try:
            value = field.widget.clean(raw, row=row.cells, mend=mends.append)
        except Unclear as unclear:
            problem = Problem(
                name, str(unclear.code), unclear.messages[0], shown(raw),
                unclear.fixes, unclear.level,
            )  # fmt: skip
        except ValidationError as error:
            problem = Problem(name, str(error.code), error.messages[0], shown(raw))
        read = (value, mends, problem)
        if len(self._cells) < CELLS_REMEMBERED:
            self._cells[key] = read
        return read

    def mend(self, what: str) -> None:
        """Count what was put right by itself."""
        self.mended[what] += 1

    def _by_row_key(self, row: Row, problems: list[Problem]) -> tuple[Any, int | None]:
        """The record a row key names, and the version the file was made from."""
        key = shown(row.cells.get(ROW_KEY)).strip()
        if not key:
            return None, None
        pk, _dot, version = key.partition(".")
        if not is_id(pk) or (
            version and not (version.isascii() and version.isdecimal() and len(version) <= 9)
        ):
            problems.append(
                Problem(
                    ROW_KEY, "row_key",
                    _("“%(text)s” is no row key. Leave the cell empty for a new row.")
                    % {"text": key}, key,
                )
            )  # fmt: skip
            return None, None
        try:
            return self.by_key(int(pk)), int(version) if version else None
        except ObjectDoesNotExist:
            problems.append(
                Problem(
                    ROW_KEY, "not_yours",
                    _("There is no such record among those you may change."), key,
                )
            )  # fmt: skip
            return None, None

    def by_key(self, pk: int) -> Any:
        """The record a row key names, in scope; all of a file's were read before its first row."""
        if pk not in self._keyed:
            raise ObjectDoesNotExist
        return self._keyed[pk]

    def _ask_for_missing(self, values: Mapping[str, Any], problems: list[Problem]) -> None:
        told = {problem.column for problem in problems}
        for name in self._required:
            if name not in values and name not in told and name not in self._left:
                message = _("Fill in: %(column)s.") % {"column": self.label_of(name)}
                problems.append(Problem(name, "required", message))

    def _refuse_twice(
        self, row: Row, record: Any, values: Mapping[str, Any], problems: list[Problem]
    ) -> None:
        """A file says each thing once: a second row about the same record is not guessed at."""
        if any(problem.level == "error" for problem in problems):
            return
        identity = record.pk if record is not None else self.identity(values)
        if identity is None:
            return
        first = self._seen.setdefault(identity, row.number)
        if first != row.number:
            message = _("Row %(number)s says the same.") % {"number": first}
            problems.append(Problem(self.identity_column, "twice", message))

    def _decide_who(
        self, line: Line, values: Mapping[str, Any], record: Any, decisions: Decisions
    ) -> bool:
        """Settle whether a new row is somebody known; False while nobody has decided."""
        decided = decisions.people.get(line.row.number)
        if decided == 0:
            return True
        line.candidates = self.candidates(values, record)
        if not line.candidates:
            return True
        if decided in [candidate["id"] for candidate in line.candidates]:
            line.record_id = decided
            return True
        line.outcome = Outcome.DOUBTFUL
        return False

    def _written(
        self,
        line: Line,
        record: Any,
        values: dict[str, Any],
        decisions: Decisions,
        based_on: int | None,
        *,
        is_new: bool,
        save: bool,
    ) -> Line:
        """Compare a record with its row, and store it where it differs."""
        before = None if is_new else self.snapshot(record)
        line.record_id = record.pk
        line.version = None if is_new else self.version_of(record)
        if before is not None and line.row.number not in decisions.mine:
            version = based_on or decisions.based_on.get(line.row.number)
            if self._clashes(line, record, values, before, version):
                return line
        try:
            self.apply(record, values, is_new=is_new)
            self.validate(record, values, is_new=is_new)
        except ValidationError as error:
            line.problems += self.problems_of(error)
            line.outcome = Outcome.ERROR
            return line
        line.record = record
        after = self.planned(record, values)
        if before is not None:
            differing = history.differences(before, after)
            if not differing:
                line.outcome = Outcome.UNCHANGED
                return line
            line.outcome = Outcome.CHANGED
            line.changes = self._told(differing, record)
        if save:
            self._store(line, record, values, before, after, is_new=is_new)
        return line

    def _store(
        self,
        line: Line,
        record: Any,
        values: Mapping[str, Any],
        before: dict[str, Any] | None,
        after: dict[str, Any],
        *,
        is_new: bool,
    ) -> None:
        self.save(record, values, is_new=is_new)
        action = ChangeEntry.Action
        history.record_change(
            record,
            action.CREATED if is_new else action.CHANGED,
            access=self.access,
            changes=history.differences(before or {}, after),
            door="import",
        )
        line.record_id, line.before = record.pk, before
        line.version, line.is_saved = self.version_of(record), True

    def _clashes(
        self,
        line: Line,
        record: Any,
        values: dict[str, Any],
        before: dict[str, Any],
        version: int | None,
    ) -> bool:
        """Merge three ways with what others changed since ``version``; True when both changed one.

        A cell that still says what the record said then yields to the newer value; a cell that
        says something else than then and now is a conflict, shown and decided by the person.
        """
        if version is None or version >= (line.version or 0):
            return False
        theirs = self.changed_since(record, version)
        if not theirs:
            return False
        for column in self.outdated(line.row, record, version):
            values.pop(column, None)
        clashing = []
        copy = self.copy_of(record)
        try:
            self.apply(copy, values, is_new=False)
        except ValidationError:
            return False  # it is told as an error further on
        mine = self.planned(copy, values)
        for name, (then, now) in theirs.items():
            if name not in before or mine.get(name) == before[name]:
                continue
            column = self.columns_of.get(name, name)
            if mine.get(name) == then:
                values.pop(column, None)
                continue
            clashing.append(
                Change(
                    self.label_of(column) or column,
                    self.in_words(name, now, record),
                    self.in_words(name, mine.get(name), record),
                )
            )
        if clashing:
            line.outcome, line.changes = Outcome.CONFLICT, clashing
        return bool(clashing)

    def changed_since(self, record: Any, version: int) -> dict[str, list[Any]]:
        """What others changed in a record since a version: {field: [then, now]}."""
        return history.changed_since(record, version)

    def outdated(self, row: Row, record: Any, version: int) -> Collection[str]:
        """The columns of parts whose cells say what the record said at a version, and no more."""
        return ()

    def copy_of(self, record: Any) -> Any:
        """The record once more, to try the values of a row on."""
        return type(record)(**{f.attname: getattr(record, f.attname) for f in record._meta.fields})

    def _told(self, differing: Mapping[str, list[Any]], record: Any) -> list[Change]:
        """What differs, for the reader, each column once."""
        told: dict[str, Change] = {}
        for name, (then, now) in differing.items():
            label = self.label_of(self.columns_of.get(name, name))
            before, after = self.in_words(name, then, record), self.in_words(name, now, record)
            if label and label not in told and before != after:
                told[label] = Change(label, before, after)
        return list(told.values())

    def problems_of(self, error: ValidationError) -> list[Problem]:
        """The problems in a refusal of the model, by column."""
        by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: [error]}
        attributes = {f.attribute: name for name, f in self.columns().items() if f.attribute}
        found = []
        for name, errors in by_field.items():
            column = self.columns_of.get(name) or attributes.get(name)
            if column is None:
                column = name if name in self.columns() else WHOLE_ROW
            for single in errors:
                code = str(getattr(single, "code", "") or "invalid")
                text, fixes = getattr(single, "text", ""), getattr(single, "fixes", ())
                found += [Problem(column, code, said, text, fixes) for said in single.messages]
        return found


def is_id(text: str) -> bool:
    """Whether a text can be the id of a record."""
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _squeezed(text: str) -> str:
    return " ".join(nfc(text).split())
