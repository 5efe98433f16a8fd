"""Every figure the press published comes out of records: by figures and by plain counting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import Min, Sum

from activities.models import (
    Activity,
    ActivityHeadcount,
    ActivitySite,
    ExemplaryModel,
    Solution,
)
from campaign.periods import Kind, Period
from classes.models import (
    Attendance,
    ClassSession,
    SessionHeadcount,
    TrainingClass,
)
from reporting import rollups
from reporting.demo import build
from reporting.demo.scenarios import scenarios
from reporting.figures import breakdown, figures
from reporting.models import DeclaredFigure, ExternalRanking, Target
from reporting.phrases import Frame, Live, render
from reporting.phrases.narrative import drafts
from tests.reporting.playing import (
    PASSWORD,
    YEAR_2025,
    below,
    demo,
    kept,
    leader,
    number,
    province,
    told,
    unit,
)
from units.models import CommunityTeam, Unit, UnitProfile, UnitSuccession


@pytest.fixture(scope="module")
def press(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """All scenarios but An Giang's, on one database."""
    with kept(django_db_blocker):
        for scenario in scenarios().values():
            if scenario.name != "an-giang":
                build.play(scenario, PASSWORD)
        rollups.rebuild()
        yield


@pytest.fixture
def son_la(press: None, db: None) -> SimpleNamespace:
    root = province("14")
    departments = Unit.unscoped.filter(parent=root, level=Unit.Level.DEPARTMENT)
    return SimpleNamespace(
        root=root,
        education=departments.get(code="14-SGDDT"),
        farming=departments.get(code="14-SNNMT"),
    )


def test_son_la_schools_told_52_000_at_112_activities(son_la):
    assert number("communications", son_la.education) == 112
    assert number("communication_reach", son_la.education) == 52_000
    assert number("reach", son_la.education) == 52_000
    told = Activity.unscoped.filter(type__counts_as="communication", **below(son_la.education))
    assert told.count() == 112
    cells = ActivityHeadcount.unscoped.filter(activity__in=told)
    assert cells.aggregate(people=Sum("people"))["people"] == 52_000
    assert not told.filter(is_at_least=False).exists()  # "more than", said the report


def test_son_la_schools_taught_595_times_and_counted_42_000(son_la):
    assert number("classes_and_support", son_la.education) == 595
    assert number("classes", son_la.education) + number("support_sessions", son_la.education) == 595
    assert number("attendances", son_la.education) == 42_000
    taught = TrainingClass.unscoped.counted().filter(**below(son_la.education))
    assert taught.count() == 595
    counted = SessionHeadcount.unscoped.filter(session__training_class__in=taught)
    assert counted.aggregate(people=Sum("people"))["people"] == 42_000


def test_the_two_crowds_of_son_la_are_nowhere_added_up(son_la):
    from reporting.indicators import ALL, counters_of

    codes = [one.code for one in ALL if one.kind == "flow"]
    access = leader(son_la.root)
    found = figures(codes, axis="owner", units=[son_la.education], period=YEAR_2025, access=access)[
        son_la.education.pk
    ]
    assert 94_000 not in {figure.value for figure in found.values()}
    for one in ALL:
        counters = counters_of([one.code])
        adds_reach = counters & {"reach", "communication_reach"}
        adds_attendances = counters & {"attendances_on_roster", "attendances_counted"}
        assert not (adds_reach and adds_attendances), one.code


def test_the_cross_tab_of_son_la_adds_up_in_every_dimension(son_la):
    access = leader(son_la.root)
    for code, total in (("communication_reach", 52_000), ("attendances", 42_000)):
        for dim in ("sex", "age_band", "minority", "audience"):
            parts = breakdown(
                code, dim, axis="owner", unit=son_la.education, period=YEAR_2025, access=access
            )
            assert sum(part.value or 0 for part in parts) == total, (code, dim)


def test_son_la_places_and_owners_agree(son_la):
    for code in ("communications", "communication_reach", "classes_and_support"):
        assert number(code, son_la.root) == number(code, son_la.root, axis="place"), code
    assert number("communication_reach", son_la.root, axis="place") == 52_000


def test_son_la_keeps_59_models(son_la):
    assert number("models", son_la.education) == 59
    assert ExemplaryModel.unscoped.filter(**below(son_la.education)).count() == 59


def test_son_la_recognised_26_solutions_in_19_fields_mostly_with_it(son_la):
    assert number("solutions", son_la.farming) == 26
    assert number("solution_fields", son_la.farming) == 19
    solutions = Solution.unscoped.filter(unit=son_la.farming)
    assert solutions.values("field").distinct().count() == 19
    assert solutions.filter(uses_it=True).count() > solutions.count() / 2


def test_everything_of_son_la_lies_in_the_administrative_year_2025(son_la):
    year_after = Period.of(Kind.YEAR, 2026)
    for code in ("communications", "classes_and_support", "solutions"):
        assert not number(code, son_la.education, year_after)


def test_lam_dong_connected_a_hall_and_124_places(press, db):
    root = province("68")
    launch = Activity.unscoped.get(type__code="launch", **below(root))
    assert launch.starts_on == date(2025, 8, 14)
    assert number("sites", root) == 124
    assert number("sites", root, axis="place") == 124
    sites = ActivitySite.unscoped.filter(activity=launch, is_connected=True)
    assert sites.count() == Unit.unscoped.communes().below(root).in_force().count() == 124
    assert number("conferences", root) == 1  # one event, however many places
    assert number("sites", unit("22945"), axis="place") == 1


def test_phan_thiet_taught_ai_to_more_than_100_officials(press, db):
    ward = unit("22945")
    taught = TrainingClass.unscoped.get(topic__code="ai", **below(ward))
    assert taught.is_at_least
    assert taught.audience.group == "public_sector"
    assert number("attendances", ward, topic=str(taught.topic_id)) >= 100
    held = ClassSession.unscoped.get(training_class=taught)
    assert held.headcounts.aggregate(people=Sum("people"))["people"] >= 100


@pytest.mark.parametrize(
    ("code", "teams"), [("02989", 72), ("10342", 46)], ids=["Bao Ha", "Dai Xuyen"]
)
def test_a_commune_trained_all_its_teams(press, db, code, teams):
    commune = unit(code)
    assert number("teams_trained", commune) == teams
    assert number("teams", commune) == teams
    course = Activity.unscoped.get(type__code="team_training", **below(commune))
    assert course.teams_trained.count() == teams
    assert (
        CommunityTeam.unscoped.filter(**below(commune)).active_on(course.starts_on).count() == teams
    )


def test_hmong_learners_of_bao_ha_are_counted_as_a_minority(press, db):
    commune = unit("02989")
    assert number("people", commune, minority="y") == 12
    present = Attendance.unscoped.filter(
        **below(commune, "session__training_class__unit"), enrolment__participant__minority="y"
    )
    assert present.values("enrolment__participant").distinct().count() == 12


def test_dai_xuyen_ranks_15th_of_126(press, db):
    ranking = ExternalRanking.unscoped.get(unit=unit("10342"))
    assert (ranking.rank, ranking.of, ranking.as_of) == (15, 126, date(2025, 8, 31))
    communes = Unit.unscoped.communes().below(province("01")).in_force(ranking.as_of)
    assert communes.count() == ranking.of


def test_van_ban_is_one_commune_out_of_three_with_16_000_people(press, db):
    commune = unit("08377")
    merged = UnitSuccession.unscoped.filter(successor=commune)
    names = set(merged.values_list("predecessor__short_name", flat=True))
    assert names == {"Văn Bán", "Tam Sơn", "Tùng Khê"}
    assert UnitProfile.unscoped.get(unit=commune).population == 16_000


def test_all_documents_of_van_ban_are_processed_online_after_three_months(press, db):
    declared = DeclaredFigure.unscoped.get(unit=unit("08377"), indicator="documents_online")
    assert declared.value == declared.denominator
    assert (declared.starts_on, declared.ends_on) == (date(2025, 6, 15), date(2025, 9, 14))


def test_van_ban_met_from_september_into_october_and_reached_people_for_the_first_time(press, db):
    commune = unit("08377")
    window = Period.between(date(2025, 9, 25), date(2025, 10, 6))
    assert number("conferences", commune, window) == 3
    assert Activity.unscoped.get(
        type__code="thematic_party_cell_conference", unit=commune
    ).chaired_by
    hamlets = Unit.unscoped.hamlets().below(commune)
    assert {h.short_name for h in hamlets} == {"Đồng Rào", "Dùng", "Gò Chàm", "Nương Sơn"}
    for hamlet in hamlets:
        assert number("people", hamlet, window, axis="place") == 18
    first = Attendance.unscoped.filter(**below(commune, "session__training_class__unit"))
    firsts = first.values("enrolment__participant").annotate(day=Min("session__held_on"))
    assert all(row["day"] in window for row in firsts)
    assert len(firsts) == number("people", commune, window) == 72


def test_moc_son_held_its_conference_on_4_october(press, db):
    ward = unit("03979")
    day = Period.between(date(2025, 10, 4), date(2025, 10, 4))
    assert number("conferences", ward, day) == 1
    guided = TrainingClass.unscoped.get(unit=ward)
    topics = {guided.topic.code, *guided.other_topics.values_list("code", flat=True)}
    assert topics == {"ehealth", "vneid", "online_safety"}


def test_a_scenario_is_played_once(press, db):
    before = Activity.unscoped.count()
    assert "nothing was changed" in demo(scenario="son-la-2025")
    assert Activity.unscoped.count() == before


# --- The sentences of the articles, out of the records -----------------------------------------


def test_the_sentences_of_son_la_come_out_of_its_records(son_la):
    assert told("communication", son_la.education) == (
        "Đã tổ chức 112 hoạt động tuyên truyền với hơn 52.000 lượt học sinh tham gia.",
        "112 communication activities reached over 52,000 students.",
    )
    assert told("classes", son_la.education) == (
        "Đã tổ chức 595 lớp học và buổi hỗ trợ kỹ năng số với hơn 42.000 lượt người tham gia.",
        "595 classes and digital learning-support sessions had over 42,000 attendances.",
    )
    assert told("models", son_la.education) == (
        "Đang duy trì 59 mô hình điển hình về chuyển đổi số.",
        "59 exemplary digitalisation models are kept up.",
    )
    assert told("solutions", son_la.farming) == (
        "Trong năm 2025, có 26 giải pháp sáng tạo thuộc 19 lĩnh vực được công nhận.",
        "In 2025, 26 innovative solutions in 19 fields were recognised.",
    )


def test_the_sentences_of_lam_dong_and_phan_thiet_come_out_of_their_records(press, db):
    assert told("sites", province("68")) == (
        "Lễ phát động được kết nối trực tuyến tới 124 điểm cầu xã, phường, đặc khu.",
        "The launch was connected online to 124 communes, wards and special zones.",
    )
    assert told("officials_ai", unit("22945")) == (
        "Phường Phan Thiết đã tập huấn trí tuệ nhân tạo (AI) cho hơn 100 lượt cán bộ, công chức.",
        "Phường Phan Thiết trained over 100 officials in artificial intelligence (AI).",
    )


def test_the_sentences_of_communes_come_out_of_their_records(press, db):
    assert told("teams_trained", unit("02989")) == (
        "Xã Bảo Hà đã tập huấn cho 72 Tổ công nghệ số cộng đồng.",
        "Xã Bảo Hà trained 72 community digital technology teams.",
    )
    assert told("teams_trained", unit("10342"))[0].endswith("cho 46 Tổ công nghệ số cộng đồng.")
    assert told("rank", unit("10342")) == (
        "Tính đến ngày 31/08/2025, xã Đại Xuyên xếp thứ 15 trên 126 về Chỉ số phục vụ người dân "
        "và doanh nghiệp.",
        "As of 31/08/2025, Xã Đại Xuyên ranked 15 of 126 on the Administrative service index.",
    )
    assert told("documents", unit("08377")) == (
        "100% văn bản hành chính (trừ văn bản mật) được xử lý, ký số trên môi trường mạng.",
        "100% of administrative documents (except confidential ones) were processed and signed "
        "online.",
    )
    vietnamese, english = told("merger", unit("08377"))
    assert vietnamese.startswith("Xã Vân Bán được hình thành trên cơ sở sắp xếp 3 đơn vị (")
    assert vietnamese.endswith("dân số khoảng 16.000 người.")
    assert "was formed of 3 units (" in english
    assert english.endswith("and has about 16,000 people.")
    assert all(name in english for name in ("Văn Bán", "Tam Sơn", "Tùng Khê"))


def test_a_draft_of_son_la_leads_from_every_number_to_rows_that_add_up_to_it(son_la, client):
    frame, access = Frame.of(son_la.education, YEAR_2025), leader(son_la.root)
    client.force_login(access.user)
    phrases = [p for section in drafts(frame, Live(access), "vi").values() for p in section]
    text = " ".join(phrase.text for phrase in phrases)
    assert "đã tổ chức 595 lớp học, buổi hỗ trợ (gồm 372 lớp học và 223 buổi hỗ trợ)" in text
    assert "học sinh 100%" in text
    linked = {n.url: n for phrase in phrases for n in phrase.numbers if "/rows/" in n.url}
    assert len(linked) >= 8
    for url, one in list(linked.items())[:3]:
        page = client.get(url)
        assert page.status_code == 200
        assert page.context["found"].total == one.value, url


def test_a_draft_costs_no_more_for_a_long_report(son_la, django_assert_max_num_queries):
    access = leader(son_la.root)
    frame = Frame.of(son_la.root, YEAR_2025)
    with django_assert_max_num_queries(75):
        drafts(frame, Live(access), "vi")


def test_a_draft_says_how_much_of_the_plan_of_the_year_was_reached(son_la):
    target = Target(
        unit=son_la.education, indicator="attendances", period="2025", value=Decimal(50_000)
    )
    target.clean()
    target.save()
    frame, live = Frame.of(son_la.education, YEAR_2025), Live(leader(son_la.root))
    (phrase,) = render(["Đạt {attendances|percent_of_target} kế hoạch."], frame, live, "vi")
    assert phrase.text == "Đạt 84% kế hoạch."
    (number_told,) = phrase.numbers
    assert (number_told.value, number_told.url) == (Decimal(84), target.get_absolute_url())
