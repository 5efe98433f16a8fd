"""Many accounts at once: rows read from a sheet, checked one by one, made all or none."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from functools import cached_property
from typing import Any, BinaryIO

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseFormSet, formset_factory
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Posting, User
from accounts.services import NewAccount, create_account, name_for
from accounts.user_forms import good_phone, good_user_name
from campaign.portal.access import Access
from campaign.portal.answers import read_plainly
from campaign.portal.workbooks.read import find_header, read_table
from campaign.portal.workbooks.refusals import Limits, WorkbookRefused
from campaign.portal.workbooks.write import Column, NotesSpec, SheetSpec, write_workbook
from campaign.text import clean_name, fold, strip_unit_prefix
from units.models import Unit

MOST = 500
LIMITS = Limits(rows=MOST, columns=40, cells=20_000)
SALT = "accounts.bulk.sheet"
SHEET_HOURS = 2

#: the columns of the sheet, and the headings (without marks) they are known by
HEADINGS: dict[str, tuple[str, ...]] = {
    "full_name": ("ho va ten", "ho ten", "full name", "name"),
    "username": ("ten dang nhap", "tai khoan", "user name", "username", "account"),
    "phone": ("dien thoai", "so dien thoai", "sdt", "phone"),
    "email": ("thu dien tu", "email", "e mail"),
    "unit": ("don vi", "ma don vi", "ten don vi", "unit", "unit code"),
    "role": ("vai tro", "role"),
    "title": ("chuc vu", "chuc danh", "position"),
}
LABELS = {
    "full_name": gettext_lazy("Full name"),
    "username": gettext_lazy("User name"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "unit": gettext_lazy("Unit"),
    "role": gettext_lazy("Role"),
    "title": gettext_lazy("Position"),
}


def read_rows(file: BinaryIO, filename: str) -> list[dict[str, str]]:
    """The rows of a sheet by column; raises ValidationError with what is wrong with the sheet."""
    try:
        table = read_table(file, filename=filename, limits=LIMITS)
    except WorkbookRefused as refused:
        raise ValidationError(refused.message, code=refused.code) from refused
    header = find_header(table.rows, HEADINGS)
    if header is None:
        columns, first = {name: place for place, name in enumerate(HEADINGS)}, 0
    else:
        columns, first = header.columns, header.first_row
    missing = [str(LABELS[name]) for name in ("full_name", "unit", "role") if name not in columns]
    if missing:
        raise ValidationError(_("Columns missing: %(names)s.") % {"names": ", ".join(missing)})
    rows = [_row(line, columns) for line in table.rows[first:] if any(line)]
    if not rows:
        raise ValidationError(_("There is no row below the heading."))
    if len(rows) > MOST:
        raise ValidationError(_("At most %(count)s rows at once.") % {"count": MOST})
    return rows


def _row(line: Sequence[Any], columns: dict[str, int]) -> dict[str, str]:
    def cell(name: str) -> str:
        place = columns.get(name)
        value = line[place] if place is not None and place < len(line) else None
        return "" if value is None else str(value).strip()

    row = {name: cell(name) for name in HEADINGS}
    row["role"] = role_for(row["role"]) or row["role"]
    return row


def role_for(text: str) -> str:
    """The role somebody means: its code, or its name in either language."""
    wanted = fold(text)
    for role in Posting.Role:
        names = {fold(role.value)}
        for language in ("vi", "en"):
            with translation.override(language):
                names.add(fold(str(role.label)))
        if wanted in names:
            return role.value
    return ""


class UnitsByName:
    """The units accounts can be made for, found by code or name; read once for all rows."""

    def __init__(self, access: Access) -> None:
        self.access = access

    @cached_property
    def _known(self) -> dict[str, list[Unit]]:
        known: dict[str, list[Unit]] = {}
        for unit in Unit.objects.within(self.access.manage).in_force().select_related("parent"):
            folded = fold(unit.name)
            keys = {fold(unit.code), folded, fold(unit.short_name), strip_unit_prefix(folded)}
            for key in keys:
                known.setdefault(key, []).append(unit)
        return known

    def find(self, text: str, role: str) -> Unit:
        """The one unit of this code or name whose level fits the role."""
        found = self._known.get(fold(text)) or self._known.get(strip_unit_prefix(fold(text))) or []
        fitting = [u for u in found if not role or u.level in Posting.SERVES[role]] or found
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            raise ValidationError(_("No unit has this code or name."), code="none")
        names = ", ".join(f"{unit.name} ({unit.code})" for unit in fitting[:5])
        raise ValidationError(
            _("Several units: %(names)s. Write the code.") % {"names": names}, code="several"
        )


class AccountRow(forms.Form):
    """One row of the sheet, as it can still be put right on the page."""

    full_name = forms.CharField(label=LABELS["full_name"], max_length=120)
    username = forms.CharField(label=LABELS["username"], max_length=60, required=False)
    phone = forms.CharField(label=LABELS["phone"], max_length=20, required=False)
    email = forms.EmailField(label=LABELS["email"], required=False, max_length=254)
    role = forms.ChoiceField(
        label=LABELS["role"], choices=[("", gettext_lazy("— choose —")), *Posting.Role.choices]
    )
    unit = forms.CharField(label=LABELS["unit"], max_length=150)
    title = forms.CharField(label=LABELS["title"], max_length=120, required=False)

    def __init__(self, *args: Any, units: UnitsByName, **kwargs: Any) -> None:
        self.units = units
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs |= {"class": "in s", "aria-label": str(LABELS[name])}
            field.widget.attrs["autocomplete"] = "off"
            read_plainly(field)

    def clean_full_name(self) -> str:
        """The name without stray spaces."""
        return clean_name(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        """The phone as ten digits."""
        return good_phone(self.cleaned_data["phone"])

    def clean_username(self) -> str:
        """A user name of the right shape; whether it is free is asked for all rows together."""
        return good_user_name(self.cleaned_data["username"])

    def clean_unit(self) -> Unit:
        """The unit of this code or name."""
        return self.units.find(self.cleaned_data["unit"], self.cleaned_data.get("role", ""))

    def clean(self) -> dict[str, Any]:
        """The role must belong to the level of the unit."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("unit") and cleaned.get("role"):
            Posting(unit=cleaned["unit"], role=cleaned["role"]).clean()
        return cleaned

    @property
    def has_errors(self) -> bool:
        """Whether something in this row must be put right."""
        return bool(self.is_bound and self.errors)


class AccountRows(BaseFormSet):
    """All rows together: user names are free and differ; missing ones are made up."""

    def clean(self) -> None:
        taken = set(User.objects.values_list("username", flat=True))
        left_out = self.deleted_forms
        rows = [form for form in self.forms if form.has_changed() and form not in left_out]
        for form in rows:
            name = form.cleaned_data.get("username", "")
            if name and name in taken:
                form.add_error("username", _("Somebody else already has this user name."))
            taken.add(name)
        for form in rows:
            if form.is_valid() and not form.cleaned_data["username"]:
                name = name_for(form.cleaned_data["full_name"], taken)
                form.cleaned_data["username"] = name
                taken.add(name)

    @property
    def wrong(self) -> int:
        """How many rows must be put right."""
        return sum(form.has_errors for form in self.forms)


AccountRowSet = formset_factory(
    AccountRow,
    formset=AccountRows,
    extra=0,
    max_num=MOST,
    absolute_max=MOST,
    validate_max=True,
    can_delete=True,
)


def row_set(access: Access, data: Any = None, rows: list[dict[str, str]] | None = None) -> Any:
    """The rows on the page: as they were read, or as they were sent back."""
    if rows is not None:
        data = {"rows-TOTAL_FORMS": str(len(rows)), "rows-INITIAL_FORMS": "0"}
        for number, row in enumerate(rows):
            data |= {f"rows-{number}-{name}": value for name, value in row.items()}
    return AccountRowSet(data, prefix="rows", form_kwargs={"units": UnitsByName(access)})


@transaction.atomic
def create_all(formset: Any, *, access: Access) -> list[dict[str, str]]:
    """Make every account or none; return the lines of the sheet of one-time passwords."""
    lines = []
    for form in formset.forms:
        if form in formset.deleted_forms or not form.has_changed():
            continue
        wanted = NewAccount(**{k: v for k, v in form.cleaned_data.items() if k != "DELETE"})
        user, password = create_account(wanted, access=access, door="bulk")
        lines.append(
            {
                "full_name": user.full_name,
                "unit": wanted.unit.name,
                "role": str(Posting.Role(wanted.role).label),
                "username": user.username,
                "password": password,
            }
        )
    return lines


# --- The sheet of one-time passwords --------------------------------------------------------


def sealed(lines: list[dict[str, str]]) -> tuple[str, str]:
    """The sheet as text only this portal can have made, and the ticket that opens it once."""
    text = signing.dumps(lines, salt=SALT, compress=True)
    return text, ticket_of(text)


def ticket_of(text: str) -> str:
    """What the session keeps of a sheet: a digest, never the passwords."""
    return hashlib.sha256(text.encode()).hexdigest()


def unsealed(text: str) -> list[dict[str, str]]:
    """The lines again; raises BadSignature for anything this portal did not make lately."""
    return signing.loads(text, salt=SALT, max_age=SHEET_HOURS * 3600)


def password_sheet(lines: list[dict[str, str]], *, address: str) -> bytes:
    """The workbook to cut into strips and hand out."""
    columns = [
        Column(_("Full name"), "text"),
        Column(_("Unit"), "text"),
        Column(_("Role"), "text", 22),
        Column(_("User name"), "code", 20),
        Column(_("One-time password"), "code", 24),
    ]
    keys = ("full_name", "unit", "role", "username", "password")
    sheet = SheetSpec(
        name=_("One-time passwords"),
        title=_("One-time passwords"),
        scope=_("Sign in at %(address)s and choose your own password at once.")
        % {"address": address},
        as_of=_("Made at %(at)s") % {"at": timezone.localtime().strftime("%H:%M %d/%m/%Y")},
        columns=columns,
        rows=[[line[key] for key in keys] for line in lines],
    )
    target = io.BytesIO()
    write_workbook(
        target,
        sheets=[sheet],
        notes=NotesSpec(
            remarks=[
                _("Give each person only their own line, and delete this file afterwards."),
                _("The portal does not keep these passwords. A lost one is replaced by a new one."),
            ]
        ),
    )
    return target.getvalue()


def empty_sheet() -> bytes:
    """A workbook with the headings, one example and the roles, to be filled in."""
    example = [
        _("Nguyen Van An"),
        "",
        "0912345678",
        "",
        "30958",
        str(Posting.Role.COMMUNE_OFFICER.label),
        "",
    ]
    sheet = SheetSpec(
        name=_("Accounts"),
        title=_("Accounts to make"),
        scope=_("Replace the example row. User name, phone, e-mail and position may stay empty."),
        as_of="",
        columns=[
            Column(LABELS[name], "code" if name in ("phone", "unit") else "text", 24)
            for name in HEADINGS
        ],
        rows=[example],
    )
    roles = [(str(role.label), role.value) for role in Posting.Role]
    target = io.BytesIO()
    write_workbook(target, sheets=[sheet], notes=NotesSpec(definitions=roles))
    return target.getvalue()
