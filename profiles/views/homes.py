from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.held import held_form
from accounts.redirects import safe_next
from profiles.forms.homes import HomeForm
from profiles.models import Home


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
    return render(request, "profiles/home_form.html", {"form": form, "onward": onward})
