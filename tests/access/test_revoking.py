"""A6: what somebody lost today, they cannot do, fetch or read at the next click."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

import pytest
from django.utils import timezone

from accounts.models import Posting, User
from campaign.models import Job
from campaign.portal import exports, jobs
from tests.access.matrix import ask, text_of

TRIALS = 20


def closed(someone):
    User.objects.filter(pk=someone.user.pk).update(is_active=False)


def ended(someone):
    yesterday = timezone.localdate() - timedelta(days=1)
    Posting.unscoped.filter(user=someone.user).update(ends_on=yesterday)


def moved(someone, world=None):
    Posting.unscoped.filter(user=someone.user).update(unit=world.units["sibling"])


def demoted(someone):
    Posting.unscoped.filter(user=someone.user).update(role=Posting.Role.AUDITOR)


def finished_export(someone):
    """A file made while the person still had the right to it."""
    done = Job.objects.create(
        kind="export_list",
        label="list",
        by=someone.user,
        params={"path": "/classes/", "query": ""},
    )
    jobs.run(done.pk)
    done.refresh_from_db()
    assert done.status == Job.Status.DONE, done.message
    return done


@pytest.mark.parametrize("trial", range(TRIALS))
def test_a_file_made_before_is_refused_after_the_right_is_lost(world, trial):
    someone = world.people["officer"]
    lose = list(zip(range(trial + 1), cycle((closed, ended, demoted, "moved")), strict=False))[-1][
        1
    ]
    done = finished_export(someone)
    address = f"/exports/{done.key}/file/"
    before = ask(someone, "get", address)
    assert before.status_code == 200
    assert text_of(before)
    if lose == "moved":
        moved(someone, world)
    else:
        lose(someone)
    after = ask(someone, "get", address)
    assert after.status_code in (302, 404)
    assert b"PK" not in after.content[:2]


@pytest.mark.parametrize(("lose", "answer"), [(closed, 302), (ended, 404)])
def test_the_next_request_is_refused(world, lose, answer):
    someone = world.people["officer"]
    own = world.get("class", "own")
    assert ask(someone, "get", f"/classes/{own.pk}/").status_code == 200
    assert ask(someone, "get", "/classes/new/").status_code == 200
    lose(someone)
    assert ask(someone, "get", f"/classes/{own.pk}/").status_code == answer
    assert ask(someone, "get", "/classes/new/").status_code == answer
    assert (
        ask(someone, "get", f"/participants/{world.get('participant', 'own').pk}/").status_code
        == answer
    )


@pytest.mark.parametrize("lose", [closed, ended])
def test_the_token_of_the_api_is_worth_what_the_person_is_worth(world, lose):
    token, someone = world.people["token"], world.people["officer"]
    own = world.get("class", "own")
    assert ask(token, "get", f"/api/classes/{own.pk}/").status_code == 200
    lose(someone)
    assert ask(token, "get", f"/api/classes/{own.pk}/").status_code in (401, 403, 404)


def test_a_queued_export_of_somebody_who_was_closed_is_not_made(world):
    someone = world.people["officer"]
    queued = Job.objects.create(
        kind="export_list",
        label="list",
        by=someone.user,
        params={"path": "/classes/", "query": ""},
    )
    closed(someone)
    jobs.run(queued.pk)
    queued.refresh_from_db()
    assert queued.status == Job.Status.FAILED
    assert not queued.stored_as


def test_an_export_runs_with_the_rights_of_the_moment_it_runs(world):
    """Queued as officer of one commune, made after the move: nothing of the first is inside."""
    someone = world.people["officer"]
    queued = Job.objects.create(
        kind="export_list",
        label="list",
        by=someone.user,
        params={"path": "/classes/", "query": ""},
    )
    moved(someone, world)
    jobs.run(queued.pk)
    queued.refresh_from_db()
    answer = ask(someone, "get", f"/exports/{queued.key}/file/")
    text = text_of(answer)
    assert world.get("class", "sibling").row.title in text
    assert world.get("class", "own").row.title not in text


def test_an_export_of_a_list_one_may_no_longer_open_is_refused(world):
    someone = world.people["system"]
    queued = Job.objects.create(
        kind="export_list",
        label="accounts",
        by=someone.user,
        params={"path": "/manage/users/", "query": ""},
    )
    demoted(someone)
    jobs.run(queued.pk)
    queued.refresh_from_db()
    assert queued.status == Job.Status.FAILED
    assert exports.XLSX
