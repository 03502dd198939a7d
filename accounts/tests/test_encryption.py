"""Door codes are unreadable in the database, and their keys can be changed."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.encryption import Unreadable, decrypt
from accounts.tests.factories import TOTP_SECRET, make_second_factor, make_user
from pawsitters import clock
from pawsitters.field_keys import field_keys
from profiles.models import HomeAccess
from profiles.tests.factories import make_home

pytestmark = pytest.mark.django_db
CODE = "Door 4711, the key is under the blue pot"


def new_key() -> str:
    return Fernet.generate_key().decode()


def make_access(notes: str = CODE) -> HomeAccess:
    home = make_home(make_user())
    return HomeAccess.objects.create(home=home, notes=notes, written_at=clock.now())


def columns() -> list[str]:
    """What stands in the database, without our field in between."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT notes FROM profiles_homeaccess ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_the_database_never_holds_a_code_as_text():
    make_access()
    make_access()

    first, second = columns()
    assert "4711" not in first + second
    assert first != second
    assert [row.notes for row in HomeAccess.objects.all()] == [CODE, CODE]


def test_the_first_key_encrypts_and_all_decrypt(settings):
    old, new = new_key(), new_key()
    settings.FIELD_KEYS = [old]
    before = make_access("written with the old key")
    settings.FIELD_KEYS = [new, old]
    after = make_access("written with the new key")
    settings.FIELD_KEYS = [new]

    assert HomeAccess.objects.get(pk=after.pk).notes == "written with the new key"
    with pytest.raises(Unreadable):
        HomeAccess.objects.get(pk=before.pk)


def test_after_the_rotation_the_old_key_is_not_needed_any_more(settings):
    old, new = new_key(), new_key()
    settings.FIELD_KEYS = [old]
    make_access(), make_access("")
    factors = make_second_factor(make_user())
    settings.FIELD_KEYS = [new, old]
    said = StringIO()
    call_command("rotate_field_keys", stdout=said)
    call_command("rotate_field_keys", stdout=StringIO())  # safe to repeat
    settings.FIELD_KEYS = [new]

    assert "1  profiles.HomeAccess.notes" in said.getvalue()
    factors["totp"].refresh_from_db()
    factors["recovery_codes"].refresh_from_db()
    assert decrypt(factors["totp"].data["secret"]) == TOTP_SECRET
    assert len(factors["recovery_codes"].wrap().get_unused_codes()) == 10
    assert sorted(row.notes for row in HomeAccess.objects.all()) == ["", CODE]


def test_a_rotation_without_the_old_key_stops_with_a_sentence_and_loses_nothing(settings):
    settings.FIELD_KEYS = [new_key()]
    make_access()
    before = columns()
    settings.FIELD_KEYS = [new_key()]

    with pytest.raises(CommandError, match="not among FIELD_KEYS"):
        call_command("rotate_field_keys")
    assert columns() == before


def test_a_changed_token_is_refused_and_not_guessed():
    access = make_access()
    token = columns()[0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE profiles_homeaccess SET notes = %s", [token[:-4] + "AAA="])

    with pytest.raises(Unreadable):
        HomeAccess.objects.get(pk=access.pk)


@pytest.mark.parametrize(
    "text", ["no key", "c2hvcnQ=", f"{new_key()},oops"], ids=["words", "too short", "one of two"]
)
def test_what_is_no_key_is_refused_with_a_sentence(tmp_path, text):
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS holds something that is no key"):
        field_keys(text, tmp_path, may_create=True)


def test_a_key_is_made_once_for_debugging_only(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS is missing"):
        field_keys("", tmp_path, may_create=False)
    made = field_keys("", tmp_path, may_create=True)

    assert field_keys("", tmp_path, may_create=True) == made
    assert field_keys("", tmp_path, may_create=False) == made  # as script/server leaves it
    assert (tmp_path / "field_keys").stat().st_mode & 0o077 == 0
