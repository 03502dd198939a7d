"""The owner's pets: list, the tabs of one record, archive."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.held import held_form
from accounts.redirects import safe_next
from pawsitters import clock
from profiles.forms.pets import (
    PetAboutForm,
    PetBehaviourForm,
    PetCareForm,
    PetHealthForm,
    VaccinationForm,
)
from profiles.images import delete_photo
from profiles.models import Pet
from profiles.querysets import own_or_gone
from profiles.services.pets import add_pet, add_vaccination, delete_vaccination, save_pet
from profiles.words import GONE

# Step: title, form. The order of the tabs.
STEPS = {
    "about": (gettext_lazy("About"), PetAboutForm),
    "behaviour": (gettext_lazy("Behaviour"), PetBehaviourForm),
    "care": (gettext_lazy("Care"), PetCareForm),
    "health": (gettext_lazy("Health and vet"), PetHealthForm),
    "vaccinations": (gettext_lazy("Vaccinations"), VaccinationForm),
}


@require_safe
def pet_list(request):
    pets = list(Pet.objects.visible_to(request.user))
    for pet in pets:
        pet.readiness = readiness(pet)
    return render(
        request,
        "profiles/pet_list.html",
        {
            "active": [pet for pet in pets if not pet.is_archived],
            "archived": [pet for pet in pets if pet.is_archived],
        },
    )


def pet_add(request):
    form = PetAboutForm(
        request.POST or held_form(request),
        request.FILES or None,
        instance=Pet(owner=request.user),
    )
    if request.method == "POST" and form.is_valid():
        return _after_adding(request, add_pet(form=form))
    return render(request, "profiles/pet_add.html", {"form": form, "onward": safe_next(request)})


def _after_adding(request, pet):
    """On to the questions that a first request needs; straight back where there are none."""
    onward = safe_next(request)
    if not pet.unanswered:
        messages.success(request, _("%(pet)s is added.") % {"pet": pet.name})
        return redirect(onward or _step_url(pet, "care"))
    messages.success(
        request,
        ngettext(
            "%(pet)s is added. One question is left before you can ask a sitter.",
            "%(pet)s is added. %(count)s questions are left before you can ask a sitter.",
            len(pet.unanswered),
        )
        % {"pet": pet.name, "count": len(pet.unanswered)},
    )
    return redirect(_step_url(pet, "behaviour", onward))


def pet_edit(request, pk, step):
    pet = get_object_or_404(Pet.objects.visible_to(request.user), pk=pk)
    if step == "vaccinations":
        return _vaccinations(request, pet)
    form_class = STEPS[step][1]
    if request.method == "POST":
        form = form_class(request.POST, request.FILES, instance=pet)
        if form.is_valid():
            return _after_saving(request, pet, step, save_pet(form=form))
        # The form has written into the pet whose name and picture the page shows.
        shown = Pet.objects.get(pk=pet.pk)
    else:
        form = form_class(held_form(request), instance=pet)
        shown = pet
    return _render_step(request, shown, step, form)


def _after_saving(request, pet, step, sentences):
    _tell_saved(request, sentences)
    onward = safe_next(request)
    if onward and not pet.unanswered:
        return redirect(onward)
    return redirect(_step_url(pet, step, onward))


def _tell_saved(request, sentences):
    messages.success(request, " ".join([_("Saved."), *sentences]))


def _vaccinations(request, pet):
    form = VaccinationForm(
        request.POST or held_form(request),
        request.FILES or None,
        instance=pet.vaccinations.model(pet=pet),
    )
    if request.method == "POST" and form.is_valid():
        _tell_saved(request, add_vaccination(form=form))
        return redirect(_step_url(pet, "vaccinations", safe_next(request)))
    today = clock.today(request.user.time_zone)
    vaccinations = list(pet.vaccinations.all())
    for vaccination in vaccinations:
        vaccination.has_lapsed = vaccination.expires_on < today
    return _render_step(request, pet, "vaccinations", form, vaccinations=vaccinations)


def _render_step(request, pet, step, form, **more):
    onward = safe_next(request)
    tabs = [
        (title, _step_url(pet, key, onward), key == step) for key, (title, _form) in STEPS.items()
    ]
    context = {
        "pet": pet,
        "form": form,
        "step": step,
        "step_title": STEPS[step][0],
        "tabs": tabs,
        "onward": onward,
        "readiness": readiness(pet),
        **more,
    }
    return render(request, "profiles/pet_edit.html", context)


def _step_url(pet, step, onward=""):
    url = reverse("profiles:pet_edit", args=[pet.pk, step])
    return f"{url}?{urlencode({'next': onward})}" if onward else url


def readiness(pet) -> str:
    """How far the record is, in words; "" once a sitter can be asked."""
    left = len(pet.unanswered)
    if not left:
        return ""
    return ngettext(
        "%(count)s question left before you can ask",
        "%(count)s questions left before you can ask",
        left,
    ) % {"count": left}


@require_POST
def vaccination_delete(request, pk, vaccination_pk):
    pet = get_object_or_404(Pet.objects.visible_to(request.user), pk=pk)
    vaccination = own_or_gone(pet.vaccinations.all(), vaccination_pk)
    if vaccination is None:
        messages.warning(request, GONE)
    else:
        sentences = delete_vaccination(vaccination=vaccination)
        if vaccination.document:
            delete_photo(vaccination.document.name)
        done = _("%(kind)s is removed.") % {"kind": vaccination.kind}
        messages.success(request, " ".join([done, *sentences]))
    return redirect(_step_url(pet, "vaccinations"))


@require_POST
def pet_archive(request, pk):
    return _set_state(
        request, pk, Pet.State.ARCHIVED, _("%(pet)s is put away. Past bookings keep the name.")
    )


@require_POST
def pet_restore(request, pk):
    return _set_state(request, pk, Pet.State.ACTIVE, _("%(pet)s is back."))


def _set_state(request, pk, state, sentence):
    pet = get_object_or_404(Pet.objects.visible_to(request.user), pk=pk)
    pet.state = state
    pet.save(update_fields=["state", "updated_at"])
    messages.success(request, sentence % {"pet": pet.name})
    return redirect("profiles:pet_list")
