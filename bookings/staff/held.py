"""Held requests that failed five times, for staff: try once more, or tell the person."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from pawsitters.operations import outbox, replay

PERMISSION = "bookings.change_booking"


class DecisionForm(forms.Form):
    reference = forms.CharField(max_length=20)
    reason = forms.CharField(
        max_length=500,
        error_messages={"required": gettext_lazy("Say why; the person reads it.")},
    )


def held_requests(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    if request.method == "POST":
        _decide(request)
        return redirect("admin:held")
    items = outbox.items(outbox.DEAD)
    people = User.objects.in_bulk([item.held.person for item in items])
    context = {
        **admin.site.each_context(request),
        "title": _("Requests that could not be placed"),
        "rows": [(item, people.get(item.held.person)) for item in items],
        "waiting": outbox.depth(),
    }
    return render(request, "admin/held.html", context)


def _decide(request: HttpRequest) -> None:
    form = DecisionForm(request.POST)
    item = outbox.find(request.POST.get("reference", ""))
    if item is None or item.state != outbox.DEAD:
        messages.info(request, _("Somebody has dealt with it already."))
    elif "again" in request.POST:
        outbox.try_again(item.reference)
        replay.wake()
        _log(request, item, _("Held request %(reference)s: tried again"))
        messages.success(request, _("It is tried again now; look in a moment."))
    elif form.is_valid():
        replay.refuse(item, form.cleaned_data["reason"])
        _log(request, item, _("Held request %(reference)s: told that it was not placed"))
        messages.success(request, _("The person has been told."))
    else:
        messages.error(request, next(iter(form.errors.values()))[0])


def _log(request: HttpRequest, item: outbox.Item, words: str) -> None:
    person = User.objects.filter(pk=item.held.person).first()
    if person is not None:
        people = admin.site.get_model_admin(User)
        people.log_change(request, person, words % {"reference": item.reference})
