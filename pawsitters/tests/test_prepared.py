"""Prepared statements: the ORM's answers, without building them again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import BigIntegerField, CharField, DateTimeField, Q

from accounts.models import Session, User
from accounts.sessions import SessionStore
from accounts.tests.factories import make_user
from pawsitters.prepared import Prepared

pytestmark = pytest.mark.django_db


def test_each_run_takes_its_own_parameters(django_assert_num_queries):
    first, second = make_user(), make_user()
    find = Prepared(lambda pk: User.objects.filter(pk=pk).only("name"), BigIntegerField)

    with django_assert_num_queries(3):
        assert find(first.pk) == [first]
        assert find(second.pk) == [second]
        assert find(0) == []


def test_a_parameter_may_stand_twice_and_is_data_whatever_it_holds():
    user = make_user(name="Robert'); DROP")
    find = Prepared(
        lambda name: User.objects.filter(Q(name=name) | Q(email=name)).values("pk"), CharField
    )

    assert find(user.name) == find(user.email) == [{"pk": user.pk}]
    assert find("%s") == find("' OR 1=1 --") == []


def test_moments_are_compared_in_utc():
    moment = datetime(2027, 6, 1, 12, tzinfo=UTC)
    Session.objects.create(session_key="k", session_data="", expire_date=moment)
    later = Prepared(lambda at: Session.objects.filter(expire_date__gt=at), DateTimeField)

    assert len(later(moment - timedelta(seconds=1))) == 1
    assert later(moment) == []


def test_the_answer_is_of_the_moment_and_not_remembered():
    user = make_user(name="Before")
    find = Prepared(lambda pk: User.objects.filter(pk=pk), BigIntegerField)
    assert find(user.pk)[0].name == "Before"

    User.objects.filter(pk=user.pk).update(name="After")
    assert find(user.pk)[0].name == "After"


def test_a_session_that_has_ended_is_empty():
    store = SessionStore()
    store["who"] = "Lena"
    store.save()
    assert SessionStore(store.session_key)["who"] == "Lena"

    Session.objects.update(expire_date=datetime(2020, 1, 1, tzinfo=UTC))
    ended = SessionStore(store.session_key)
    assert ended.get("who") is None
    assert ended.session_key is None
