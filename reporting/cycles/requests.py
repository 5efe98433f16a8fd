"""One-off requests: made in a minute or two, answered in a small form, followed live."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from campaign.models import CampaignSettings
from campaign.portal.access import PortalRequest
from campaign.portal.exports import attachment
from campaign.portal.pages import FormPage
from campaign.portal.rules import rule
from campaign.portal.workbooks import Column, NotesSpec, SheetSpec, safe_filename, write_workbook
from reporting.cycles.asking import new_code
from reporting.cycles.forms import LEVELS_OF, QuestionRows, RequestForm
from reporting.cycles.obligations import open_due
from reporting.cycles.standing import Round, Standing
from reporting.cycles.template_pages import crumbs
from reporting.cycles.views import cycle_of, frame, levels_of
from reporting.models import (
    Report,
    ReportAnswer,
    ReportingCycle,
    ReportTemplate,
    TemplateQuestion,
)
from units.models import Unit

Kind = TemplateQuestion.Kind


class RequestEntry(FormPage):
    """Ask some units something once."""

    access_rule = "review"
    model = ReportTemplate
    scope = "review"
    form_class = RequestForm
    template = "cycles/request.html"
    title_new = gettext_lazy("One-off request")
    title_edit = gettext_lazy("One-off request")
    part_labels = {"questions": gettext_lazy("Questions")}

    def formsets(self, record: Any, data: Any = None) -> dict[str, Any]:
        return {
            "questions": QuestionRows(
                data, instance=record, prefix="questions", access=self.access,
                queryset=TemplateQuestion.objects.none(),
            )
        }  # fmt: skip

    def before_save(self, record: ReportTemplate, form: Any) -> None:
        """The asking unit, the deadline, and who is asked."""
        asking = Unit.objects.within(self.access.edit).filter(level=Unit.Level.DEPARTMENT)
        record.unit = asking.order_by("path").first() or self._province()
        record.is_request, record.frequency = True, ReportTemplate.Frequency.ONCE
        record.code = new_code(record.unit)
        record.scheme = CampaignSettings.current().period_scheme
        record.levels = LEVELS_OF[form.cleaned_data["whom"]]
        record.due_at = form.cleaned_data["due_at"]
        if not any(self._asks(record)):
            raise ValidationError(_("Ask at least one question, or for one indicator."))

    def _asks(self, record: ReportTemplate) -> list[bool]:
        prefix = "questions"
        rows = int(self.request.POST.get(f"{prefix}-TOTAL_FORMS") or 0)
        labels = [self.request.POST.get(f"{prefix}-{n}-label", "").strip() for n in range(rows)]
        return [bool(record.indicators), bool(record.declared), *map(bool, labels)]

    def _province(self) -> Unit:
        return Unit.objects.within(self.access.manage).get(path=self.access.review.paths[0])

    def after_save(self, record: ReportTemplate, form: Any, *, is_new: bool) -> None:
        """The reports are there at once."""
        open_due()

    def success_url(self, record: ReportTemplate) -> str:
        cycle = ReportingCycle.objects.within(self.access.review).get(template=record)
        return cycle.get_absolute_url()

    def success_message(self, record: ReportTemplate, *, is_new: bool) -> str:
        cycle = ReportingCycle.objects.within(self.access.review).get(template=record)
        count = Report.objects.within(self.access.review).filter(cycle=cycle).count()
        return ngettext(
            "%(count)s unit is asked: %(name)s.", "%(count)s units are asked: %(name)s.", count
        ) % {"count": count, "name": record}

    def more_context(self) -> dict[str, Any]:
        return {"crumbs": crumbs((self.title_new, ""))}


# --- What came back ---------------------------------------------------------------------------


@dataclass
class Answers:
    """The answers to one request as a table: a row for each unit, a column for each question."""

    cycle_round: Round

    @cached_property
    def questions(self) -> list[TemplateQuestion]:
        """What is asked, in order."""
        return list(self.cycle_round.cycle.template.questions.all())

    @cached_property
    def rows(self) -> list[tuple[Standing, list[Any]]]:
        """Each unit with its answers; nothing where it has not answered."""
        found: dict[tuple[int, int], ReportAnswer] = {
            (answer.report_id, answer.question_id): answer
            for answer in ReportAnswer.objects.filter(report__cycle=self.cycle_round.cycle)
        }
        return [
            (
                standing,
                [value_of(one, found.get((standing.report.pk, one.pk))) for one in self.questions],
            )
            for standing in self.cycle_round.standings
        ]

    @cached_property
    def totals(self) -> list[int | None]:
        """Sums of the numbers; nothing under other questions, nor where nobody answered."""
        found: list[int | None] = []
        for place, question in enumerate(self.questions):
            values = [cells[place] for _row, cells in self.rows]
            numbers = [value for value in values if value is not None]
            is_number = question.kind == Kind.NUMBER
            found.append(sum(numbers) if is_number and numbers else None)
        return found

    @property
    def has_totals(self) -> bool:
        """Whether any question asks for a number."""
        return any(question.kind == Kind.NUMBER for question in self.questions)

    @property
    def answered(self) -> int:
        """How many units have answered anything."""
        return sum(any(value is not None for value in cells) for _row, cells in self.rows)

    def workbook(self, title: str) -> bytes:
        """The table as a workbook, in the order of the page."""
        columns = [Column(_("Code"), "code"), Column(_("Unit"), "text", 34)]
        columns += [
            Column(one.label, FILE_KINDS[one.kind], 22, is_totalled=one.kind == Kind.NUMBER)
            for one in self.questions
        ]
        columns += [Column(_("State"), "text", 22), Column(_("Submitted"), "date", 14)]
        rows = [
            [
                row.unit.code, row.unit.name, *cells, str(row.report.get_state_display()),
                row.report.first_submitted_at
                and timezone.localtime(row.report.first_submitted_at).date(),
            ]
            for row, cells in self.rows
        ]  # fmt: skip
        as_of = _("As of %(at)s") % {"at": timezone.localtime().strftime("%H:%M %d/%m/%Y")}
        sheet = SheetSpec(
            name=_("Answers"), title=title, scope=self.cycle_round.cycle.template.letter,
            as_of=as_of, columns=columns, rows=rows, has_total=self.has_totals,
        )  # fmt: skip
        target = io.BytesIO()
        notes = NotesSpec([(_("Request"), title), (_("Deadline"), deadline_words(self))])
        write_workbook(target, sheets=[sheet], notes=notes)
        return target.getvalue()


FILE_KINDS: dict[str, Any] = {
    Kind.NUMBER: "int", Kind.TEXT: "text", Kind.YES_NO: "text", Kind.DATE: "date",
}  # fmt: skip


def deadline_words(found: Answers) -> str:
    """When answers must be in."""
    return timezone.localtime(found.cycle_round.cycle.due_at).strftime("%H:%M %d/%m/%Y")


def value_of(question: TemplateQuestion, answer: ReportAnswer | None) -> Any:
    """An answer as it is shown and summed; nothing is not zero."""
    if answer is None:
        return None
    if question.kind == Kind.NUMBER:
        return answer.number
    if question.kind == Kind.YES_NO:
        return {"yes": _("Yes"), "no": _("No")}.get(answer.text)
    if question.kind == Kind.DATE:
        try:
            return date.fromisoformat(answer.text)
        except ValueError:
            return None
    return answer.text or None


@rule("signed_in")
@require_safe
def answers(request: PortalRequest, pk: int) -> HttpResponse:
    """What units answer to a request, live, with totals; ``format=xlsx`` as a workbook."""
    cycle = cycle_of(request.access, pk)
    levels = levels_of(request.access, cycle)
    if not cycle.template.is_request or not levels:
        return redirect("cycles:board", pk=pk)
    found = Answers(Round(cycle, request.access))
    if request.GET.get("format") == "xlsx":
        return attachment(found.workbook(str(cycle.template.name)), safe_filename("tra-loi"))
    context = frame(request.access, cycle, "", levels, "answers")
    return render(request, "cycles/answers.html", context | {"answers": found})
