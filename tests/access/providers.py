"""Which record each address with parameters names. An address that is missing here is red."""

from __future__ import annotations

from typing import Any

from campaign.portal.imports.kinds import KINDS
from tests.access.matrix import Target
from tests.access.world import Record, World


def job_key(world: World, record: Record) -> dict[str, Any]:
    """Files and bulk changes are named by a random key."""
    return {"key": record.row.key}


PERIODS = {"period": "2026-Q1"}
CODES = (
    "attendances",
    "people",
    "team_members",
    "reach",
    "models",
    "solutions",
    "sites",
    "sessions",
)
FEW = ("anonymous", "member", "officer", "department", "province", "newcomer")


def user_and_posting(world: World, record: Record) -> dict[str, Any]:
    """A posting is named beside its person."""
    return {"pk": record.row.user_id, "posting_pk": record.pk}


def class_session(world: World, record: Record) -> dict[str, Any]:
    """A session is named by its class and number."""
    return {"pk": record.row.training_class_id, "number": record.row.number}


def looks(world: World, record: Record) -> list[dict[str, Any]]:
    """Ways to look at a unit's figures."""
    return [{**PERIODS, "axis": axis} for axis in ("owner", "place")]


def about(code: str) -> Target:
    """A page of one indicator for one unit."""
    return Target(
        "unit",
        "view",
        lambda world, record: {"code": code},
        base=lambda world, record: {"unit": record.pk, **PERIODS},
        queries=lambda world, record: [{"axis": "owner"}],
        visitors=FEW,
    )


def passage(world: World, record: Record) -> dict[str, Any]:
    """A passage of a compiled report is named by its version and section."""
    return {"pk": record.pk, "section": "I"}


def subscription(world: World, record: Record) -> dict[str, Any]:
    """An order of a report is named beside the cycle."""
    cycle = next(r for r in world.of_kind("compiled_cycle") if r.position == record.position)
    return {"pk": cycle.pk, "order": record.pk}


def version_before(world: World, record: Record) -> dict[str, Any]:
    """Two versions of a compiled report."""
    return {"pk": record.pk, "number": 1}


def behind(key: str, need: str = "view") -> Target:
    """The rows behind one line of a unit's page of quality."""
    return Target(
        "unit", need, lambda world, record: {"pk": record.pk, "key": key}, may_lack=True,
        visitors=FEW,
    )  # fmt: skip


PROVIDERS: dict[str, Target | tuple[Target, ...]] = {
    "users:edit": Target("user", "keeps"),
    "users:add_posting": Target("user", "keeps"),
    "users:end_posting": Target("posting", "keeps", user_and_posting),
    "users:deactivate": Target("user", "keeps"),
    "users:reactivate": Target("user", "keeps"),
    "users:reset": Target("user", "keeps"),
    "dashboard_of": Target("unit", "view", queries=looks, may_lack=True),
    "unit_dashboard": Target("unit", "view", queries=looks),
    "indicators": Target("unit", "view", base=lambda world, record: {"unit": record.pk, **PERIODS}),
    "indicator": tuple(about(code) for code in CODES[:2]),
    "rows": tuple(about(code) for code in CODES),
    "api_figures": Target(
        "unit",
        "view",
        base=lambda world, record: {
            "unit": record.pk,
            "indicator": ["attendances", "people", "reach"],
            **PERIODS,
        },
        queries=lambda world, record: [
            {"axis": "place"},
            {"by": "children"},
            {"by": "children", "axis": "place"},
        ],
    ),
    "classes:detail": Target("class", queries=lambda world, record: [{"tab": "changes"}]),
    "classes:edit": Target("class", "edit"),
    "classes:cancel": Target("class", "edit"),
    "classes:restore": Target("class", "edit"),
    "classes:session": Target("session", "edit", class_session),
    "classes:cancel_session": Target("session", "edit", class_session),
    "classes:restore_session": Target("session", "edit", class_session),
    "classes:attendance": Target("class", "people"),
    "classes:people": Target("class", "people", queries=lambda world, record: [{"q": "hoa"}]),
    "classes:enrol": Target("class", "people"),
    "classes:roster_action": Target("class", "people"),
    "participants:detail": Target("participant", "people"),
    "participants:edit": Target("participant", "people"),
    "participants:merge": Target(
        "participant",
        "people",
        base=lambda world, record: {"into": record.pk + 1, "with": record.pk + 1},
        may_lack=True,
        is_page=True,
    ),
    "participants:unmerge": Target("merge", "people", lambda world, record: {"entry": record.pk}),
    "participants:ask_again": Target("apart", "people"),
    "activities:detail": Target("activity"),
    "activities:edit": Target("activity", "edit"),
    "activities:sites": Target("activity", "edit"),
    "activities:cancel": Target("activity", "edit"),
    "activities:restore": Target("activity", "edit"),
    "activities:evidence_add": Target("activity", "edit"),
    "activities:evidence_file": Target("evidence", "inside"),
    "activities:evidence_remove": Target("evidence", "edit"),
    "activities:model": Target("model"),
    "activities:model_edit": Target("model", "edit"),
    "activities:model_end": Target("model", "edit"),
    "activities:model_resume": Target("model", "edit"),
    "activities:model_cancel": Target("model", "edit"),
    "activities:model_restore": Target("model", "edit"),
    "activities:solution": Target("solution"),
    "activities:solution_edit": Target("solution", "edit"),
    "activities:solution_cancel": Target("solution", "edit"),
    "activities:solution_restore": Target("solution", "edit"),
    "compiled:of": Target("compiled_cycle"),
    "compiled:compile": Target("compiled_cycle", "review"),
    "compiled:detail": Target(
        "compiled",
        queries=lambda world, record: [{"tab": "2"}, {"edit": "I"}, {"number": "units:missing"}],
    ),
    "compiled:source": Target(
        "compiled",
        queries=lambda world, record: [{"number": "units:missing"}],
        may_lack=True,
    ),
    "compiled:narratives": Target("compiled"),
    "compiled:write": Target("compiled", "review", passage),
    "compiled:draft_again": Target("compiled", "review", passage),
    "compiled:missing": Target("compiled", "review"),
    "compiled:lock": Target("compiled"),
    "compiled:compare": Target("compiled", kwargs=version_before),
    "compiled:word": Target("compiled"),
    "compiled:annexes": Target("compiled"),
    "compiled:own_form": Target("compiled", may_lack=True),
    "compiled:settings": Target("compiled_cycle"),
    "compiled:sent_form": Target("province_form"),
    "compiled:subscribe": Target("compiled_cycle", "review"),
    "compiled:unsubscribe": Target("subscription", "review", subscription),
    "declared:detail": Target("declared"),
    "declared:edit": Target("declared", "edit"),
    "declared:withdraw": Target("declared", "edit"),
    "snapshots:detail": Target(
        "snapshot",
        "inside",
        queries=lambda world, record: [{"format": "xlsx"}, {"verify": "1"}],
        visitors=FEW,
    ),
    "amendments:detail": Target("amendment", "inside", visitors=FEW),
    "locks:detail": Target("lock", "inside", visitors=FEW),
    "locks:end_window": Target("window", "review", visitors=FEW),
    "snapshots:of": Target("frozen_report", "inside", visitors=FEW),
    "snapshots:changes": Target(
        "frozen_report",
        "inside",
        queries=lambda world, record: [{"format": "xlsx"}],
        visitors=FEW,
    ),
    "targets:detail": Target("target"),
    "targets:edit": Target("target", "targets"),
    "targets:remove": Target("target", "targets"),
    "targets:split": Target("target", may_lack=True),
    "targets:grid": Target("target", may_lack=True),
    "reminders:log": Target("cycle", "register", is_list=True),
    "quality:unit": Target("unit", "view", may_lack=True),
    "quality:rows": (
        *(behind(key) for key in ("overdue", "declared", "evidence", "population", "attendance")),
        behind("birth_year", "people"),
    ),
    "cycles:board": Target(
        "cycle", "register", queries=lambda world, record: [{"view": "matrix"}, {"view": "list"}]
    ),
    "cycles:reports": (
        Target(
            "cycle", "register", queries=lambda world, record: [{"format": "xlsx"}], is_list=True
        ),
        Target("request", "register", is_list=True),
    ),
    "cycles:answers": Target(
        "request", "register", queries=lambda world, record: [{"format": "xlsx"}]
    ),
    "cycles:extend": Target("cycle", "register"),
    "cycles:template": Target("template", "review"),
    "reports:detail": Target("report", queries=lambda world, record: [{"part": "checks"}]),
    "reports:save": Target("report"),
    "reports:move": Target("report"),
    "reports:comment": Target("report"),
    "reports:approve_many": Target("cycle", "review"),
    "reports:narratives": Target(
        "cycle", queries=lambda world, record: [{"part": "list"}, {"q": "zq"}, {"unit": "hoa"}]
    ),
    "report-detail": Target("report"),
    "api_report_declared": Target("report", "report"),
    "api_report_submit": Target("report", "report"),
    "unit-detail": Target("unit", "listed"),
    "communityteam-detail": Target("team"),
    "trainingclass-detail": Target("class"),
    "activity-detail": Target("activity"),
    "export": Target("job", "own", job_key),
    "export_file": Target("job", "own", job_key),
    "export_cancel": Target("job", "own", job_key),
    "saved_view": Target("view", "own"),
    "delete_view": Target("view", "own"),
    **{
        f"imports:{page}": Target("import_checked", "own", job_key, may_lack=True)
        for page in ("columns", "check", "save", "drop", "errors", "again")
    },
    **{
        f"imports:{page}": Target("import_done", "own", job_key, may_lack=True)
        for page in ("detail", "undo")
    },
    "bulk_change": Target("together", "own", job_key),
    "undo_bulk": Target("together", "own", job_key),
    "teams:detail": Target("team"),
    "teams:edit": Target("team", "edit"),
    "teams:members": Target("team", "edit"),
    "teams:end": Target("team", "edit", may_lack=True),
    "teams:restore": Target("team", "edit", may_lack=True),
    "units:detail": Target("unit", "listed"),
    "units:edit": Target("unit", "manage", may_lack=True),
    "units:edit_profile": Target("profile", "manage"),
    "units:end": Target("unit", "manage", may_lack=True),
    "units:restore": Target("unit", "manage", may_lack=True),
}

#: query strings worth trying on addresses without parameters
PAGES: dict[str, Any] = {
    "classes:new": lambda world: [
        {"copy": world.get("class", position).pk} for position in ("sibling", "department", "here")
    ],
    "activities:new": lambda world: [
        {"copy": world.get("activity", position).pk} for position in ("sibling", "department")
    ],
    "teams:new": lambda world: [{"copy": world.get("team", "sibling").pk}],
    "participants:list": lambda world: [{"q": "hoa"}],
    "classes:list": lambda world: (
        [{"format": "xlsx"}, {"unit": world.units["sibling"].pk}]
        + [{"view": record.pk} for record in world.of_kind("view")]
    ),
    "activities:list": lambda world: [{"format": "xlsx"}, {"format": "csv"}],
    "activities:models": lambda world: [{"format": "xlsx"}],
    "activities:solutions": lambda world: [{"format": "xlsx"}],
    "teams:list": lambda world: [{"format": "xlsx"}],
    "declared:list": lambda world: [{"format": "xlsx"}],
    "reports:list": lambda world: [{"format": "xlsx"}, {"q": "hoa"}, {"status": "overdue"}],
    "declared:new": lambda world: [{"unit": r.pk} for r in world.of_kind("unit")],
    "reminders:send": lambda world: [{"report": record.pk} for record in world.of_kind("report")],
    "targets:list": lambda world: [{"format": "xlsx"}],
    "cycles:list": lambda world: [{"format": "xlsx"}, {"step": "overdue"}, {"q": "a"}],
    "quality:list": lambda world: [{"format": "xlsx"}, {"level": "department", "sort": "unit"}],
    "cycles:templates": lambda world: [{"format": "xlsx"}],
    "targets:new": lambda world: [{"unit": r.pk} for r in world.of_kind("unit")],
    "imports:new": lambda world: (
        [{"kind": kind} for kind in KINDS]
        + [{"again": r.row.key} for r in world.of_kind("import_done")]
    ),
    "imports:template": lambda world: [{"kind": kind} for kind in KINDS],
    "users:list": lambda world: [{"format": "xlsx"}],
    "search": lambda world: [{"q": words} for words in ("hoa", "30952", "30958-01", "a", "09")],
    "units:list": lambda world: (
        [{"q": "hoa"}, {"state": "former"}, {"state": "all", "sort": "-population"}]
        + [{"commune": record.pk} for record in world.of_kind("unit")]
        + [{"area": flag} for flag in ("is_border", "is_island")]
    ),
    "units:new_hamlet": lambda world: [{"parent": r.pk} for r in world.of_kind("unit")],
    "units:new_body": lambda world: [{"parent": r.pk} for r in world.of_kind("unit")],
    "units:new_profile": lambda world: [{"unit": r.pk} for r in world.of_kind("unit")],
    "units:suggest": lambda world: (
        [
            {"q": "", "scope": scope, "former": former}
            for scope in ("listed", "view", "edit", "manage", "people", "places", "targets")
            for former in ("", "1")
        ]
        + [{"q": "hoa"}, {"q": "30952"}]
    ),
}

#: forms whose untouched filling must be accepted, or the foreign ids prove nothing
FORMS_TO_ACCEPT: set[str] = {
    "officer /teams/#/edit/",
    "officer /teams/#/end/",
    "officer /classes/#/edit/",
    "officer /classes/#/sessions/1/",
    "officer /classes/#/cancel/",
    "officer /activities/#/edit/",
    "officer /activities/#/sites/",
    "officer /activities/models/#/edit/",
    "officer /activities/solutions/#/edit/",
    "officer /declared/#/edit/",
    "officer /reporting/targets/#/edit/",
    "officer /reporting/targets/#/split/",
    "department /activities/#/edit/",
    "department /classes/#/edit/",
}
