"""Changes of a pet's record. What is added is added once, however often its form is sent."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction

from accounts.models import User
from pawsitters import clock
from profiles.models import Pet, Vaccination

# Two clicks, or a retry after a lost answer; later, a second Biscuit may be a second Biscuit.
JUST_NOW = timedelta(minutes=2)

# Who else must hear of an edit: called with the pet in the edit's transaction, its row locked;
# returns sentences for the owner. Bookings put themselves in here (bookings/apps.py), because this
# app knows nothing of them.
FOLLOWERS: list[Callable[[Pet], list[str]]] = []


@transaction.atomic
def save_pet(*, form) -> list[str]:
    """Save the valid form of one tab; return what the owner should know of bookings with the pet."""
    return _changed(form.save())


def _changed(pet: Pet) -> list[str]:
    """Tell the followers, with the pet as all its tabs have it by now."""
    fresh = Pet.objects.select_for_update().get(pk=pet.pk)
    return [sentence for follow in FOLLOWERS for sentence in follow(fresh)]


@transaction.atomic
def add_pet(*, form) -> Pet:
    """Save the valid form of a new pet. Return the first click's pet if this is the second."""
    pet = form.instance
    # Clicks take turns here, so the second finds what the first has saved.
    User.objects.select_for_update().get(pk=pet.owner_id)
    twin = pet.owner.pets.filter(
        name=pet.name,
        species=pet.species,
        breed=pet.breed,
        born_on=pet.born_on,
        weight_grams=form.cleaned_data["weight"],
        updated_at__gte=clock.now() - JUST_NOW,
    ).first()
    return twin or form.save()


@transaction.atomic
def add_vaccination(*, form) -> list[str]:
    """Save the valid form of a vaccination, unless the record has the same one already."""
    new = form.instance
    Pet.objects.select_for_update().get(pk=new.pet_id)
    twin = new.pet.vaccinations.filter(
        kind=new.kind, given_on=new.given_on, expires_on=new.expires_on
    ).first()
    if twin:
        return []
    form.save()
    return _changed(new.pet)


@transaction.atomic
def delete_vaccination(*, vaccination: Vaccination) -> list[str]:
    Pet.objects.select_for_update().get(pk=vaccination.pet_id)
    vaccination.delete()
    return _changed(vaccination.pet)
