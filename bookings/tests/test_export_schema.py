"""Whatever belongs to a person is in their ZIP, or a reason is written down."""

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from accounts.models import User
from bookings.management.commands.export_schema import documents
from bookings.services.closing.registry import ERASED, KEPT
from bookings.services.export.registry import KINDS, NOT_EXPORTED

EXPORTED = {kind.model._meta.label for kind in KINDS}
# Django's own tables of rights, which hold nothing about anybody.
NOT_PEOPLE = {"auth.Permission", "auth.Group", "contenttypes.ContentType", "sessions.Session"}


def leads_to_a_person(model, seen=frozenset()) -> bool:
    if model is User:
        return True
    parents = {field.related_model for field in model._meta.concrete_fields if field.is_relation}
    return any(leads_to_a_person(parent, seen | {model}) for parent in parents - seen - {model})


def test_every_model_of_a_person_is_exported_or_has_a_reason():
    people = {m._meta.label for m in apps.get_models() if leads_to_a_person(m)} - NOT_PEOPLE

    assert sorted(people - EXPORTED - set(NOT_EXPORTED)) == []
    assert not EXPORTED & set(NOT_EXPORTED)
    assert all(len(reason) > 10 for reason in NOT_EXPORTED.values())


@pytest.mark.parametrize("model", sorted(EXPORTED))
def test_every_field_is_exported_or_left_out_on_purpose(model):
    named = set()
    for kind in KINDS:
        if kind.model._meta.label == model:
            lookups = [*kind.lookups.values(), *kind.needs.split(), *kind.omit.split()]
            named |= {lookup.partition("__")[0] for lookup in lookups}
    fields = {field.name for field in apps.get_model(model)._meta.concrete_fields}

    assert fields - named == set()


def test_the_documents_say_what_the_code_does():
    """manage.py export_schema writes them."""
    for name, text in documents().items():
        assert Path(settings.BASE_DIR, "docs", name).read_text() == text, name


# --- And closing an account decides about each table too ------------------------------------------
def test_every_model_of_a_person_is_erased_or_kept_for_a_reason_when_they_leave():
    people = {m._meta.label for m in apps.get_models() if leads_to_a_person(m)} - NOT_PEOPLE
    cascading = {"account.EmailConfirmation"}  # hangs on the address that goes

    assert sorted(people - set(ERASED) - set(KEPT) - cascading) == []
    assert not set(ERASED) & set(KEPT)
