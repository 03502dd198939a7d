"""A pet or a vaccination is added once, however often its form is sent."""

from datetime import timedelta

from django.db import transaction

from accounts.models import User
from pawsitters import clock
from profiles.models import Pet, Vaccination

# Two clicks, or a retry after a lost answer; later, a second Biscuit may be a second Biscuit.
JUST_NOW = timedelta(minutes=2)


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
def add_vaccination(*, form) -> Vaccination:
    """Save the valid form of a vaccination. Return the same one if the record has it already."""
    new = form.instance
    Pet.objects.select_for_update().get(pk=new.pet_id)
    twin = new.pet.vaccinations.filter(
        kind=new.kind, given_on=new.given_on, expires_on=new.expires_on
    ).first()
    return twin or form.save()
