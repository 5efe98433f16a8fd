"""Forms of the provincial report."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaign.portal.answers import read_plainly
from reporting.models import Subscription


class LockForm(forms.Form):
    """What is asked before the figures of a version are closed."""

    period = forms.CharField(
        label=_("Type the name of the period"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Why it is locked without these reports"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands in the report, with the names of the units."),
    )

    def __init__(self, *args: Any, has_exceptions: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_exceptions:
            del self.fields["reason"]
        for field in self.fields.values():
            read_plainly(field)


class OwnFormUpload(forms.Form):
    """The province's own workbook."""

    file = forms.FileField(
        label=_("Workbook (.xlsx)"),
        max_length=150,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        help_text=_("At most 5 MB. Headings, looks and the place to sign stay as they are."),
    )


class SubscribeForm(forms.Form):
    """Who gets the reports of a template by themselves."""

    to = forms.ChoiceField(label=_("Person"))
    when = forms.ChoiceField(label=_("When"), choices=Subscription.When.choices)

    def __init__(self, data: Any, people: list[Any]) -> None:
        super().__init__(data)
        self.fields["to"].choices = [(str(one.pk), one.full_name) for one in people]  # type: ignore[attr-defined]


class NarrativeFilter(forms.Form):
    """Which units' narratives are read beside the editor."""

    section = forms.ChoiceField(label=_("Section"), required=False)
    unit = forms.CharField(label=_("Unit"), required=False, max_length=100)
    words = forms.CharField(label=_("Words"), required=False, max_length=100)

    def __init__(self, data: Any, sections: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["section"].choices = sections  # type: ignore[attr-defined]
        for field in self.fields.values():
            read_plainly(field)
