"""Reports for programs: what is owed, what stands in the way, declaring, and handing in.

A token may do what its person may do on the pages, by the same rules. Sending the same twice is
the same as once.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from campaign.portal.api import ApiMixin, ScopedReadViewSet
from campaign.portal.pages import get_scoped
from reporting.models import Report
from reporting.reports import checks, declaring, flow
from reporting.reports.content import Content, DeclaredLine

MOST_ROWS = 200


class ReportSerializer(serializers.ModelSerializer):
    """Where a report stands."""

    template: Any = serializers.CharField(source="cycle.template.code", read_only=True)
    period: Any = serializers.CharField(source="cycle.period", read_only=True)
    starts_on: Any = serializers.DateField(source="cycle.starts_on", read_only=True)
    ends_on: Any = serializers.DateField(source="cycle.ends_on", read_only=True)

    class Meta:
        model = Report
        fields = (
            "id", "unit_id", "template", "period", "starts_on", "ends_on", "state", "due_at",
            "is_zero", "first_submitted_at", "submitted_at", "approved_at", "version",
        )  # fmt: skip


class ReportApi(ScopedReadViewSet):
    """Reports of the units in the caller's view."""

    serializer_class = ReportSerializer
    model = Report
    queryset = Report.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("cycle__template")


class _OfReport(ApiMixin, APIView):
    """What belongs to one report; changing it is for those who fill the unit's reports."""

    access_rule = "report"

    def report(self, pk: int) -> Report:
        """The report, in the caller's scope."""
        rows = Report.objects.within(self.access.report)
        found: Report = get_scoped(rows.select_related("cycle__template", "unit"), pk=pk)
        return found


class DeclaredOfReport(_OfReport):
    """The declared figures of a report."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Any, pk: int) -> Response:
        """What is declared for the period of the report; null is "not declared", never zero."""
        lines = Content(self.report(pk), self.access).declared
        return Response({"declared": [_plain(line) for line in lines]})

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    def put(self, request: Any, pk: int) -> Response:
        """Save a list of declarations: all of them, or with 400 none, each wrong one named."""
        report = self.report(pk)
        rows = request.data.get("declared") if isinstance(request.data, dict) else request.data
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValidationError({"declared": "a list of objects"})
        if len(rows) > MOST_ROWS:
            raise ValidationError({"declared": f"at most {MOST_ROWS}"})
        try:
            found = declaring.judge(report, rows, self.access)
            if all(map(declaring.is_kept, found)):
                found = declaring.save(report, rows, self.access)
        except Refused as refused:
            raise ValidationError({"detail": refused.messages}) from refused
        if not all(map(declaring.is_kept, found)):
            raise ValidationError({"declared": [_told(line) for line in found]})
        return self.get(request, pk)


def _told(line: Any) -> dict[str, Any]:
    problems = [{"field": p.column, "code": p.code, "message": p.message} for p in line.problems]
    return {"row": line.row.number, "outcome": str(line.outcome), "problems": problems}


def _plain(line: DeclaredLine) -> dict[str, Any]:
    own = line.own
    return {
        "indicator": line.indicator.code,
        "value": own.value if own else None,
        "denominator": own.denominator if own else None,
        "source": own.source if own else None,
        "note": own.note if own else None,
        "version": own.version if own else None,
    }


class SubmitReport(_OfReport):
    """Handing a report in: to the unit's leader, or submitting it, as the caller's role is."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Any, pk: int) -> Response:
        """What stands in the way now."""
        report = self.report(pk)
        return Response(
            {"state": report.state, "checks": _checks(checks.check(report, self.access))}
        )

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any, pk: int) -> Response:
        """Hand it in, with a sentence for each warning: {"explanations": {key: sentence}}."""
        report = self.report(pk)
        said = request.data.get("explanations", {}) if isinstance(request.data, dict) else None
        if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()):
            raise ValidationError({"explanations": "an object of sentences"})
        if not self.is_done(report):
            try:
                flow.hand_in(report, self.access, explanations=said, door="api")
            except Refused as refused:
                open_ones = [
                    one
                    for one in checks.check(report, self.access, explanations=said)
                    if one.is_open
                ]
                raise ValidationError(
                    {"detail": refused.messages, "checks": _checks(open_ones)}
                ) from refused
        return Response({"state": report.state, "checks": []})

    def is_done(self, report: Report) -> bool:
        """Whether the caller handed the report in already: the same request sent again."""
        if report.state == Report.State.SUBMITTED:
            return True
        signs = self.access.sign.covers(report.unit.path)
        return report.state == Report.State.PROPOSED and not signs


def _checks(found: list[checks.Check]) -> list[dict[str, Any]]:
    return [
        {"key": one.key, "hard": one.is_hard, "text": one.text, "about": one.about} for one in found
    ]
