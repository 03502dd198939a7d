from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters

from accounts.decorators import reauthenticated
from accounts.held import held_form
from accounts.redirects import safe_next
from profiles.forms.homes import AccessForm, HomeForm
from profiles.models import Home, HomeAccess
from profiles.services.homes import access_notes, write_access_notes


def home_edit(request):
    home = Home.objects.select_related("town").filter(user=request.user).first()
    form = HomeForm(
        request.POST if request.method == "POST" else held_form(request),
        instance=home or Home(user=request.user),
    )
    onward = safe_next(request)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect(onward or "profiles:home_edit")
    written = HomeAccess.objects.filter(home=home).values_list("written_at", flat=True).first()
    context = {"form": form, "onward": onward, "home": home, "written_at": written}
    return render(request, "profiles/home_form.html", context)


@sensitive_post_parameters("access_notes")
@cache_control(private=True, no_store=True)
@reauthenticated
def home_access(request):
    """How a sitter gets in. Its own page, because it asks who is there."""
    home = Home.objects.filter(user=request.user).first()
    onward = safe_next(request)
    if home is None:
        messages.info(request, _("Please say first where your home is."))
        back = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('profiles:home_edit')}?{back}")
    notes, access = access_notes(home)
    form = AccessForm(
        request.POST if request.method == "POST" else held_form(request),
        initial={"access_notes": notes, "is_kept": access.is_kept if access else False},
    )
    if request.method == "POST" and form.is_valid():
        write_access_notes(
            home=home,
            notes=form.cleaned_data["access_notes"],
            is_kept=form.cleaned_data["is_kept"],
        )
        messages.success(request, _("Saved."))
        return redirect(onward or "profiles:home_access")
    context = {
        "form": form,
        "onward": onward,
        "access": access,
        "is_unreadable": notes is None,
        "zone": request.user.time_zone,
    }
    return render(request, "profiles/home_access.html", context)
