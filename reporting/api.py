"""The API: units, teams, activities, classes, figures and reports, on the caller's behalf.

A token is worth what its person may see at that moment; ids of rows out of scope answer like ids
that do not exist. Figures come from the same reader as dashboards and workbooks.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.urls import include, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from activities.models import Activity, ActivitySite
from campaign.models import CampaignSettings
from campaign.periods import Period, today
from campaign.portal.api import ApiMixin, ScopedReadViewSet
from campaign.portal.pages import get_scoped, id_in
from classes.models import ClassSession, TrainingClass
from reporting import figures
from reporting.indicators import BY_CODE
from reporting.reports.api import DeclaredOfReport, ReportApi, SubmitReport
from units.models import CommunityTeam, Unit

AXES = ("owner", "place")


class UnitSerializer(serializers.ModelSerializer):
    """A unit of the register; the code is text and holds only in its system and dates."""

    class Meta:
        model = Unit
        fields = (
            "id",
            "code",
            "code_system",
            "name",
            "short_name",
            "level",
            "kind",
            "parent_id",
            "valid_from",
            "valid_to",
            "latitude",
            "longitude",
        )


class UnitApi(ScopedReadViewSet):
    """Units the caller may look up."""

    serializer_class = UnitSerializer
    model = Unit
    queryset = Unit.objects.none()

    def get_queryset(self) -> Any:
        return Unit.objects.all().listed(self.access)


class TeamSerializer(serializers.ModelSerializer):
    """A community digital technology team, with how many serve in it today."""

    members = serializers.SerializerMethodField()

    class Meta:
        model = CommunityTeam
        fields = (
            "id",
            "name",
            "unit_id",
            "decision_number",
            "decided_on",
            "founded_on",
            "ended_on",
            "members",
        )

    def get_members(self, team: CommunityTeam) -> int:
        """Memberships in force today."""
        day = today()
        return sum(
            1
            for member in team.members.all()
            if member.joined_on <= day and (member.left_on is None or member.left_on > day)
        )


class TeamApi(ScopedReadViewSet):
    """Teams in the caller's view; members are counted, never named."""

    serializer_class = TeamSerializer
    model = CommunityTeam
    queryset = CommunityTeam.objects.none()

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related("members")


class SessionSerializer(serializers.ModelSerializer):
    """One meeting of a class."""

    class Meta:
        model = ClassSession
        fields = ("id", "number", "held_on", "starts_at", "hours", "status")


class ClassSerializer(serializers.ModelSerializer):
    """A class or support session, without its people."""

    sessions = SessionSerializer(many=True, read_only=True)
    topic: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    audience: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)

    class Meta:
        model = TrainingClass
        fields = (
            "id",
            "code",
            "form",
            "title",
            "unit_id",
            "place_id",
            "team_id",
            "topic",
            "audience",
            "mode",
            "counting",
            "venue_kind",
            "starts_on",
            "cancelled_at",
            "sessions",
        )


class ClassApi(ScopedReadViewSet):
    """Classes in the caller's view."""

    serializer_class = ClassSerializer
    model = TrainingClass
    queryset = TrainingClass.objects.none()

    def get_queryset(self) -> Any:
        rows = super().get_queryset().select_related("topic", "audience")
        return rows.prefetch_related("sessions")


class SiteSerializer(serializers.ModelSerializer):
    """A unit connected to an event."""

    class Meta:
        model = ActivitySite
        fields = ("id", "unit_id", "is_connected", "people")


class ActivitySerializer(serializers.ModelSerializer):
    """An activity worth reporting."""

    type: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    topic: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    sites = SiteSerializer(many=True, read_only=True)

    class Meta:
        model = Activity
        fields = (
            "id",
            "type",
            "title",
            "unit_id",
            "place_id",
            "topic",
            "mode",
            "starts_on",
            "ends_on",
            "households_visited",
            "households_reached",
            "items",
            "is_at_least",
            "cancelled_at",
            "sites",
        )


class ActivityApi(ScopedReadViewSet):
    """Activities in the caller's view."""

    serializer_class = ActivitySerializer
    model = Activity
    queryset = Activity.objects.none()

    def get_queryset(self) -> Any:
        rows = super().get_queryset().select_related("type", "topic")
        return rows.prefetch_related(
            Prefetch("sites", queryset=ActivitySite.objects.within(self.access.view))
        )


class FiguresApi(ApiMixin, APIView):
    """Figures: indicator × unit × period × by, exactly as dashboards show them."""

    @extend_schema(
        parameters=[
            OpenApiParameter("indicator", OpenApiTypes.STR, required=True, many=True),
            OpenApiParameter("unit", OpenApiTypes.INT, required=True),
            OpenApiParameter("period", OpenApiTypes.STR, description="2026-Q4, 2026-M09, 2026..."),
            OpenApiParameter("axis", OpenApiTypes.STR, enum=AXES),
            OpenApiParameter("by", OpenApiTypes.STR, description="children, or a dimension"),
        ],
        responses=inline_serializer(
            "Figures",
            {
                "unit": serializers.IntegerField(),
                "period": serializers.CharField(),
                "axis": serializers.CharField(),
                "from": serializers.DateField(),
                "until": serializers.DateField(),
                "figures": serializers.ListField(child=serializers.DictField()),
            },
        ),
    )
    def get(self, request: Any) -> Response:
        """Answer one question; a key or word that means nothing is refused with 400."""
        question = self.question(request.query_params)
        unit, period, axis = question["unit"], question["period"], question["axis"]
        return Response(
            {
                "unit": unit.pk,
                "period": period.code,
                "axis": axis,
                "from": period.start,
                "until": period.end,
                "figures": list(self.answers(**question)),
            }
        )

    def question(self, params: Any) -> dict[str, Any]:
        """The parts of the question, each refused by name when it is wrong."""
        unknown = set(params) - {"indicator", "unit", "period", "axis", "by", "format"}
        if unknown:
            raise ValidationError(dict.fromkeys(sorted(unknown), "unknown parameter"))
        codes = params.getlist("indicator")
        wrong = [code for code in codes if code not in BY_CODE] or ([] if codes else [""])
        if wrong:
            raise ValidationError({"indicator": f"not an indicator: {', '.join(wrong)}"})
        axis = params.get("axis", "owner")
        if axis not in AXES:
            raise ValidationError({"axis": "owner or place"})
        scheme = CampaignSettings.current().scheme
        try:
            period = (
                Period.parse(params["period"], scheme)
                if "period" in params
                else Period.containing(today(), "quarter", scheme)
            )
        except ValueError as error:
            raise ValidationError({"period": str(error)}) from error
        raw = params.get("unit", "")
        if not raw.isascii() or not raw.isdigit():
            raise ValidationError({"unit": "the id of a unit"})
        unit = get_scoped(Unit.objects.within(self.access.view), pk=id_in(raw))
        return {
            "codes": codes,
            "unit": unit,
            "period": period,
            "axis": axis,
            "by": params.get("by", ""),
        }

    def answers(self, *, codes: list[str], unit: Unit, period: Period, axis: Any, by: str) -> Any:
        """One entry a figure."""
        asked = {"axis": axis, "period": period, "access": self.access}
        if by and by != "children":
            for code in codes:
                if by not in BY_CODE[code].dims:
                    raise ValidationError({"by": f"{code} is not counted by {by}"})
                for part in figures.breakdown(code, by, unit=unit, **asked):
                    yield {"indicator": code, "unit": unit.pk, by: part.key, "value": part.value}
            return
        units = figures.children(unit, axis=axis, access=self.access) if by else [unit]
        found = figures.figures(codes, units=units, **asked)
        for one in units:
            for code in codes:
                figure = found[one.pk][code]
                yield {
                    "indicator": code,
                    "unit": one.pk,
                    "value": figure.value,
                    "numerator": figure.numerator,
                    "denominator": figure.denominator,
                }


class SchemaApi(ApiMixin, SpectacularJSONAPIView):
    """The OpenAPI description of this API."""

    access_rule = "signed_in"


router = SimpleRouter()
router.register("units", UnitApi)
router.register("teams", TeamApi)
router.register("classes", ClassApi)
router.register("activities", ActivityApi)
router.register("reports", ReportApi)

urlpatterns = [
    path("figures/", FiguresApi.as_view(), name="api_figures"),
    path("reports/<int:pk>/declared/", DeclaredOfReport.as_view(), name="api_report_declared"),
    path("reports/<int:pk>/submit/", SubmitReport.as_view(), name="api_report_submit"),
    path("schema/", SchemaApi.as_view(), name="api_schema"),
    path("", include(router.urls)),
]
