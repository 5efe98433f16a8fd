"""Sơn La 2025: what high schools taught and told, and what the agriculture department invented.

Provenance: a press report of late 2025 on a working session of the Party committee's information
board with two departments of the province. Figures of the report: 112 communication activities
with more than 52,000 pupils; 595 classes and support sessions of high schools with more than
42,000 attendances; 59 models; 26 solutions in 19 fields, most of them based on IT. The two crowds
overlap, so they stay two figures: nothing here or anywhere else adds them up.
"""

from __future__ import annotations

from datetime import date, timedelta

from classes.models import TrainingClass
from reporting.demo.crowds import PUPILS, Crowd
from reporting.demo.registers import add_model, add_solution
from reporting.demo.stage import Stage, school_days
from reporting.demo.sums import shares
from units.models import Unit

PROVINCE = "14"

SCHOOLS = 32
COMMUNICATIONS, REACHED = 112, 52_000
CLASSES, SUPPORT_SESSIONS, ATTENDANCES = 372, 223, 42_000
MODELS = 59
SOLUTIONS, FIELDS, USING_IT = 26, 19, 23

#: inside the administrative year 2025, which runs from 15/12/2024 to 14/12/2025
DAYS = school_days(date(2025, 1, 6), date(2025, 12, 12))
PUPILS_OF_SON_LA = Crowd(women=0.52, minority=0.78, ages=PUPILS)

TALKS = (
    "Tuyên truyền phong trào “Bình dân học vụ số”",
    "Sinh hoạt dưới cờ: công dân số",
    "Ngoại khóa an toàn trên không gian mạng",
)
LESSONS = ("Kỹ năng số cơ bản cho học sinh", "Tự học với học liệu số", "Trợ lý AI trong học tập")
HELP = ("Hỗ trợ học sinh cài đặt VNeID", "Hỗ trợ đăng ký khóa học trực tuyến")
MODEL_KINDS = ("digital_school", "digital_ambassador", "learning_space", "digital_literacy_group")
IDEAS = ("Phần mềm quản lý", "Bản đồ số", "Cảnh báo sớm", "Nhật ký điện tử", "Quy trình mới")


def play(stage: Stage) -> None:
    """Put down the year of two departments."""
    education = stage.body("SGDDT", Unit.Kind.DEPARTMENT, "Sở Giáo dục và Đào tạo", "Sở GD&ĐT")
    schools = Unit.plant_many(
        Unit(
            parent=education,
            level=Unit.Level.ORGANISATION,
            kind=Unit.Kind.SCHOOL,
            is_demo=True,
            code=f"{PROVINCE}-THPT-{n:02}",
            name=f"Trường THPT {commune.short_name}",
            short_name=f"THPT {commune.short_name}",
            code_system=Unit.CodeSystem.PORTAL,
        )
        for n, commune in enumerate(stage.communes[:SCHOOLS], start=1)
    )
    homes = list(zip(schools, stage.communes, strict=False))
    _communicate(stage, homes)
    _teach(stage, homes)
    _keep_models(stage, homes)
    _recognise_solutions(stage)


def _communicate(stage: Stage, homes: list[tuple[Unit, Unit]]) -> None:
    weights = [stage.random.uniform(0.4, 1.8) for _n in range(COMMUNICATIONS)]
    for n, people in enumerate(shares(REACHED, weights, least=60)):
        school, commune = homes[n % len(homes)]
        day = stage.random.choice(DAYS)
        stage.activity(
            "communication",
            school,
            f"{TALKS[n % len(TALKS)]} – {school.short_name}",
            day,
            place=stage.seat_on(commune, day),
            people=people,
            crowd=PUPILS_OF_SON_LA,
            audiences=["pupils"],
            topic="digital_transformation_awareness",
            is_at_least=True,
            extra={"channel": "school"},
            venue=school.short_name,
        )


def _teach(stage: Stage, homes: list[tuple[Unit, Unit]]) -> None:
    """372 classes, some of two sessions, and 223 support sessions."""
    lengths = [1 + (n % 3 == 0) for n in range(CLASSES)] + [1] * SUPPORT_SESSIONS
    weights = [stage.random.uniform(0.5, 1.5) for _session in range(sum(lengths))]
    counts = iter(shares(ATTENDANCES, weights, least=12))
    for n, length in enumerate(lengths):
        school, commune = homes[n % len(homes)]
        is_class = n < CLASSES
        titles = LESSONS if is_class else HELP
        first = stage.random.choice(DAYS[:-7])
        form = TrainingClass.Form.CLASS if is_class else TrainingClass.Form.SUPPORT
        stage.training(
            school,
            f"{titles[n % len(titles)]} – {school.short_name}",
            [first + timedelta(days=2 * m) for m in range(length)],
            place=stage.seat_on(commune, first),
            form=form,
            topic="ai" if n % 5 == 2 else "digital_learning",
            audience="pupils",
            counts=[next(counts) for _m in range(length)],
            is_at_least=True,
            crowd=PUPILS_OF_SON_LA,
            venue_kind=TrainingClass.VenueKind.SCHOOL,
            venue=school.short_name,
        )


def _keep_models(stage: Stage, homes: list[tuple[Unit, Unit]]) -> None:
    for n in range(MODELS):
        school, commune = homes[n % len(homes)]
        kind = stage.kinds[MODEL_KINDS[n % len(MODEL_KINDS)]]
        name = f"{kind.name_vi}: {school.short_name}"
        day = stage.random.choice(DAYS)
        add_model(stage.book, school, kind, name, day, place=stage.seat_on(commune, day))


def _recognise_solutions(stage: Stage) -> None:
    farming = stage.body("SNNMT", Unit.Kind.DEPARTMENT, "Sở Nông nghiệp và Môi trường", "Sở NN&MT")
    fields = stage.fields[:FIELDS]
    for n in range(SOLUTIONS):
        field = fields[n % FIELDS]
        add_solution(
            stage.book,
            farming,
            field,
            f"{IDEAS[n % len(IDEAS)]} {field.name_vi.lower()}",
            stage.random.choice(DAYS),
            uses_it=n < USING_IT,
        )
    for commune in stage.communes[:6]:  # farm produce on e-commerce platforms: nobody counted
        stage.activity(
            "ecommerce_support",
            farming,
            f"Hỗ trợ nông dân đưa nông sản lên sàn thương mại điện tử – {commune.name}",
            date(2025, 9, 16),
            place=commune,
            audiences=["farmers"],
            topic="ecommerce",
            extra={"households": 40, "products": 55, "platform": "Postmart"},
        )
