"""The scoping layer refuses by default."""

import pytest

from campaign.portal.scope import Unscoped
from units.models import Unit


def test_reading_units_without_a_scope_raises(province):
    with pytest.raises(Unscoped):
        list(Unit.objects.all())


def test_a_commune_officer_sees_the_own_commune_and_its_hamlets(province, hoa):
    seen = set(Unit.objects.within(hoa.access.view))
    assert seen == {province.an_hoa, province.hoa_ut, province.hoa_tao}


def test_the_register_lists_communes_and_departments_but_no_foreign_hamlet(province, hoa):
    seen = set(Unit.objects.filter().listed(hoa.access))
    assert province.binh_minh in seen
    assert province.khom_mot not in seen


def test_the_focal_officer_sees_the_province_and_edits_the_own_department(province, hanh):
    assert hanh.access.view.covers(province.khom_mot.path)
    assert not hanh.access.edit.covers(province.an_hoa.path)
    assert hanh.access.edit.covers(province.science.path)
