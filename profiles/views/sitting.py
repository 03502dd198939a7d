"""The sitter's own page: start, the steps of its editor, sending it to be checked."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import reauthenticated
from accounts.held import held_form
from profiles.decorators import for_sitter
from profiles.exceptions import NotPossibleNow
from profiles.forms.sitting import (
    AboutForm,
    CaptionForm,
    HomeForm,
    PaymentForm,
    PhotoForm,
    PlaceForm,
)
from profiles.models import SitterPhoto, SitterProfile
from profiles.querysets import own_or_gone
from profiles.services import publishing, sitting
from profiles.words import GONE

# Step: title, form. The order of the steps.
STEPS = {
    "about": (gettext_lazy("About"), AboutForm),
    "home": (gettext_lazy("Home"), HomeForm),
    "place": (gettext_lazy("Place"), PlaceForm),
    "payment": (gettext_lazy("Payment"), PaymentForm),
    "photos": (gettext_lazy("Photos"), PhotoForm),
}


def sitting_start(request):
    if SitterProfile.objects.filter(user=request.user).exists():
        return redirect("profiles:sitting_page")
    if request.method == "POST":
        sitting.start_sitting(request.user)
        messages.success(request, _("Your page is there, as a draft that only you can see."))
        return redirect("profiles:sitting_page")
    return render(request, "profiles/sitting_start.html", {"current": "sitting"})


@require_safe
@for_sitter
def sitting_page(request, sitter):
    missing = publishing.missing(sitter)
    return render(
        request,
        "profiles/sitting_page.html",
        {
            "current": "sitting",
            "sitting_tab": "page",
            "sitter": sitter,
            "missing": missing,
            "steps": [(name, title, _summary(sitter, name)) for name, (title, _f) in STEPS.items()],
            "can_submit": sitter.status in ("draft", "rejected"),
        },
    )


def _summary(sitter: SitterProfile, step: str) -> str:
    """What the page says there now, in a line."""
    if step == "about":
        return sitter.headline
    if step == "home":
        return sitter.get_home_type_display()
    if step == "place":
        return str(sitter.town or "")
    if step == "payment":
        return sitter.payment_note
    captions = [caption for _image, _scene, caption in sitter.snapshot.get("photos", [])]
    return ", ".join(captions[:4])


@for_sitter
def sitting_step(request, sitter, step):
    handlers = {"place": _place, "payment": _payment, "photos": _photos}
    handler = handlers.get(step, _fields)
    return handler(request, sitter, step)


def _fields(request, sitter, step):
    form = STEPS[step][1](request.POST or held_form(request), instance=sitter)
    if request.method == "POST" and form.is_valid():
        sitting.save_page(sitter=sitter, values=form.cleaned_data)
        return _saved(request, step)
    return _render_step(request, sitter, step, form)


# It says where owners send their money.
_payment = reauthenticated(_fields)


def _place(request, sitter, step):
    form = PlaceForm(request.POST or held_form(request), sitter=sitter)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        sitting.save_place(
            sitter=sitter,
            street=cleaned["street"],
            postcode=cleaned["postcode"],
            town=cleaned["town"],
            point=cleaned["point"],
        )
        return _saved(request, step, _("Saved: %(town)s.") % {"town": cleaned["town"].label})
    return _render_step(request, sitter, step, form)


def _photos(request, sitter, step):
    photos = list(sitter.photos.all())
    form = PhotoForm(
        request.POST or held_form(request), request.FILES or None, photos_before=len(photos)
    )
    if request.method == "POST" and form.is_valid():
        sitting.add_photo(sitter=sitter, form=form)
        return _saved(request, step)
    return _render_step(request, sitter, step, form, photos=photos)


def _saved(request, step, sentence=""):
    messages.success(request, sentence or _("Saved."))
    return redirect("profiles:sitting_step", step=step)


def _render_step(request, sitter, step, form, **more):
    context = {
        "current": "sitting",
        "sitting_tab": "page",
        "sitter": sitter,
        "step": step,
        "title": STEPS[step][0],
        "steps": [(name, title) for name, (title, _form) in STEPS.items()],
        "form": form,
        **more,
    }
    template = "photos" if step == "photos" else "step"
    return render(request, f"profiles/sitting_{template}.html", context)


# --- Photos --------------------------------------------------------------------------------
def _own_photo(sitter: SitterProfile, pk: int) -> SitterPhoto:
    photo = get_object_or_404(SitterPhoto, pk=pk, sitter=sitter)
    photo.sitter = sitter
    return photo


@require_POST
@for_sitter
def sitting_photo_move(request, sitter, pk, way):
    sitting.move_photo(photo=_own_photo(sitter, pk), places=-1 if way == "up" else 1)
    return redirect("profiles:sitting_step", step="photos")


@for_sitter
def sitting_photo_caption(request, sitter, pk):
    photo = _own_photo(sitter, pk)
    form = CaptionForm(request.POST or None, instance=photo)
    if request.method == "POST" and form.is_valid():
        sitting.describe_photo(photo=photo, caption=form.cleaned_data["caption"])
        return _saved(request, "photos")
    context = {"current": "sitting", "photo": photo, "form": form}
    return render(request, "profiles/sitting_photo_caption.html", context)


@for_sitter
def sitting_photo_delete(request, sitter, pk):
    if request.method == "POST":
        photo = own_or_gone(sitter.photos.all(), pk)
        if photo is None:
            messages.warning(request, GONE)
        else:
            sitting.remove_photo(photo=photo)
            messages.success(request, _("The photo is deleted."))
        return redirect("profiles:sitting_step", step="photos")
    photo = _own_photo(sitter, pk)
    context = {"current": "sitting", "photo": photo}
    return render(request, "profiles/sitting_photo_delete.html", context)


# --- Publishing ----------------------------------------------------------------------------
ACTIONS = {
    "submit": (
        publishing.submit_for_review,
        gettext_lazy("Thank you. We look at your page, and write to you when it is done."),
    ),
    "pause": (
        publishing.pause,
        gettext_lazy("Your page is paused: nobody finds it, and what is agreed still stands."),
    ),
    "resume": (publishing.resume, gettext_lazy("Your page is published again.")),
}


@require_POST
@for_sitter
def sitting_publish(request, sitter, action):
    change, sentence = ACTIONS[action]
    try:
        change(sitter=sitter)
    except NotPossibleNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, sentence)
    return redirect("profiles:sitting_page")
