"""What a unit writes into its report: narrative, answers, remarks, and that nothing happened.

Every save is small and version-checked: two people who write the same section meet a conflict and
lose nothing. What is written counts from the next look on; the state moves only in ``flow``.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from campaign.models import VersionedModel
from campaign.portal.access import Access
from campaign.portal.answers import read_plainly
from campaign.text import nfc
from reporting.models import Report, ReportAnswer, ReportComment, ReportText
from reporting.models.cycles import TemplateQuestion
from reporting.reports import flow

LONGEST = 20_000


class Changed(Exception):
    """Somebody else wrote the same meanwhile: ``row`` is what they wrote."""

    def __init__(self, row: Any) -> None:
        self.row = row
        super().__init__("changed")


def writable(report: Report, access: Access) -> Report:
    """The report, locked, while its unit may write in it."""
    rows = Report.objects.within(access.report).select_for_update(of=("self",))
    row = rows.select_related("cycle__template", "unit").filter(pk=report.pk).first()
    if row is None:
        raise ValidationError(_("Only people of the unit may do this."), code="role")
    if row.state not in Report.WRITABLE:
        words = {"state": row.get_state_display()}
        raise ValidationError(
            _("The report is “%(state)s”: nothing can be written now.") % words, code="state"
        )
    flow.started(row, access)
    return row


def _keep(
    rows: models.QuerySet[Any], version: int, access: Access, key: dict[str, Any], **said: Any
) -> Any:
    """Store one small row, unless somebody else stored another since ``version`` (0: none yet)."""
    row = rows.filter(**key).first()
    kept = row.version if row else 0
    same = row is not None and all(getattr(row, name) == value for name, value in said.items())
    if same:
        return row
    if row is not None and kept != version:
        raise Changed(row)
    row = row or rows.model(**key, version=0)
    for name, value in said.items():
        setattr(row, name, value)
    row.version += 1
    row.by = access.user
    row.save()
    return row


def save_text(report: Report, section: str, text: str, version: int, access: Access) -> ReportText:
    """Keep what was written in a narrative section."""
    text = nfc(text.replace("\r\n", "\n"))
    if len(text) > LONGEST:
        raise ValidationError(_("This section is too long."))
    with transaction.atomic():
        row = writable(report, access)
        if not row.cycle.template.sections.filter(code=section).exists():
            raise ValidationError(_("The report has no such section."))
        rows = ReportText.objects.filter(report=row)
        key = {"report": row, "section": section}
        kept: ReportText = _keep(rows, version, access, key, text=text, is_draft=False)
    report.state = row.state
    return kept


def save_answer(
    report: Report, question_id: int, said: str, version: int, access: Access
) -> ReportAnswer:
    """Keep the answer to one question of a request."""
    with transaction.atomic():
        row = writable(report, access)
        question = row.cycle.template.questions.filter(pk=question_id).first()
        if question is None:
            raise ValidationError(_("The report has no such question."))
        number, text = read_answer(question, said)
        rows = ReportAnswer.objects.filter(report=row)
        key = {"report": row, "question": question}
        kept: ReportAnswer = _keep(rows, version, access, key, number=number, text=text)
    report.state = row.state
    return kept


def explain(report: Report, said: dict[str, str], access: Access) -> None:
    """Keep a sentence on each of some checks; an empty one takes it back."""
    with transaction.atomic():
        row = writable(report, access)
        told = {key[:80]: nfc(text.strip())[:500] for key, text in said.items()}
        merged = row.explanations | told
        row.explanations = {key: text for key, text in merged.items() if text}
        row.save(update_fields=["explanations", "updated_at"])
    report.explanations, report.state = row.explanations, row.state


def field_of(question: TemplateQuestion) -> forms.Field:
    """The field an answer of that kind is read by."""
    kinds = TemplateQuestion.Kind
    found: forms.Field
    if question.kind == kinds.NUMBER:
        found = forms.IntegerField(required=False, min_value=0, localize=True)
    elif question.kind == kinds.DATE:
        found = forms.DateField(required=False)
    elif question.kind == kinds.YES_NO:
        found = forms.ChoiceField(required=False, choices=[("yes", _("yes")), ("no", _("no"))])
    else:
        found = forms.CharField(required=False, max_length=LONGEST)
    read_plainly(found)
    return found


def read_answer(question: TemplateQuestion, said: str) -> tuple[int | None, str]:
    """An answer as it is kept: a number, or a text (a day in ISO form, "yes" or "no")."""
    value = field_of(question).clean(said.strip())
    if question.kind == TemplateQuestion.Kind.NUMBER:
        return value, ""
    if question.kind == TemplateQuestion.Kind.DATE:
        return None, value.isoformat() if value else ""
    return None, nfc(value or "")


def comment(
    report: Report, text: str, access: Access, *, about: str = "", needs_answer: bool = False
) -> ReportComment:
    """A remark on a figure, a section or the whole report, by the unit or the focal officer."""
    path = report.unit.path
    if not any(scope.covers(path) for scope in (access.report, access.sign, access.review)):
        raise ValidationError(_("Only the unit and the focal officer write here."), code="role")
    text = nfc(text.strip())
    if not text or len(text) > 1000:
        raise ValidationError(_("Write a comment of at most 1,000 characters."))
    return ReportComment.objects.create(
        report=report, about=about[:40], text=text, by=access.user,
        needs_answer=needs_answer and access.review.covers(path),
    )  # fmt: skip


def version_of(row: VersionedModel | None) -> int:
    """The version a page was made from; 0 where nothing is kept yet."""
    return row.version if row else 0
