"""The province's own statistical forms: sent once for a template, filled for every version."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from reporting.compiled.annexes import by_unit
from reporting.compiled.content import Missing
from reporting.compiled.gather import gather
from reporting.compiled.versions import Version
from reporting.documents.own_form import FilledForm, check_form, fill_form
from reporting.models import ProvinceForm, ReportingCycle, ReportTemplate


@dataclass(frozen=True)
class Understood:
    """A form that was kept, and what each of its sheets was taken for."""

    form: ProvinceForm
    sheets: tuple[str, ...]


def current_form(template: ReportTemplate, access: Access) -> ProvinceForm | None:
    """The form of a template that was sent last."""
    forms = ProvinceForm.objects.within(access.view).filter(template=template)
    found: ProvinceForm | None = forms.order_by("-pk").first()
    return found


def form_of(version: Version, access: Access) -> ProvinceForm | None:
    """The form a version is filled into: of a locked one, the form there was then."""
    if version.row.locked_at is not None:
        return version.row.form
    return current_form(version.row.cycle.template, access)


def fill(version: Version, form: ProvinceForm) -> FilledForm:
    """The form with the figures of a version; the same version gives the same bytes."""
    with form.file.open("rb") as file:
        content = file.read()
    if sha256(content).hexdigest() != form.sha256:
        raise ValidationError(_("The kept form was changed on the disk. Send it again."))
    with translation.override("vi"):
        return fill_form(content, filename=form.file_name, annex=version.papers.by_unit)


def keep_form(cycle: ReportingCycle, file: Any, access: Access) -> Understood:
    """Keep a form that was sent; one that cannot be filled is refused with sheet, cell and fix."""
    content = file.read()
    name = str(file.name).replace("\\", "/").rpartition("/")[2][-150:]
    gathered = gather(cycle, access)
    annex = by_unit(gathered, gathered.said(Missing.PROVISIONAL), gathered.codes)
    sheets = check_form(content, filename=name, annex=annex)
    with transaction.atomic():
        row = ProvinceForm.unscoped.create(
            unit=cycle.unit, template=cycle.template, file_name=name, added_by=access.user,
            file=ContentFile(content, name="form.xlsx"), sha256=sha256(content).hexdigest(),
        )  # fmt: skip
        history.record_change(row, ChangeEntry.Action.CREATED, access=access)
    return Understood(row, tuple(sheet.in_words for sheet in sheets))
