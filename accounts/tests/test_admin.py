"""Staff with a few rights stay staff with a few rights."""

import pytest
from django.contrib.auth.models import Permission

from accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db


def url(user, page="change"):
    return f"/admin/accounts/user/{user.pk}/{page}/"


@pytest.fixture
def staff(client):
    staff = make_user(is_staff=True)
    rights = Permission.objects.filter(content_type__app_label="accounts")
    staff.user_permissions.set(rights)
    client.force_login(staff)
    return staff


def test_staff_gives_nobody_more_rights(client, staff):
    person = make_user(name="Ada")
    html = client.get(url(person)).content.decode()
    assert 'name="name"' in html
    assert 'name="is_superuser"' not in html
    typed = {"email": person.email, "name": "Ada B", "time_zone": "Europe/Berlin"}
    client.post(url(person), {**typed, "is_active": "on", "is_staff": "on", "is_superuser": "on"})
    person.refresh_from_db()
    assert (person.name, person.is_staff, person.is_superuser) == ("Ada B", False, False)


@pytest.mark.parametrize("other", [{"is_staff": True}, {"is_superuser": True}, None])
def test_staff_changes_neither_colleagues_nor_themselves(client, staff, other):
    user = make_user(**other) if other else staff
    typed = {"email": "mine@example.org", "name": "Eve", "time_zone": "Europe/Berlin"}
    assert client.post(url(user), typed).status_code == 403
    new = {"password1": "a-walk-at-dawn", "password2": "a-walk-at-dawn", "usable_password": "true"}
    assert client.post(url(user, "password"), new).status_code == 403
    assert client.post(url(user, "delete"), {"post": "yes"}).status_code == 403
    user.refresh_from_db()
    assert user.email != "mine@example.org"


def test_a_superuser_still_gives_rights(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    html = client.get(url(make_user())).content.decode()
    assert 'name="is_superuser"' in html
