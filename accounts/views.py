from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from accounts.forms import SettingsForm
from accounts.held import held_form
from accounts.media import serve_image

# One door for everybody, so that the limits on attempts hold for staff too.
admin.site.login = secure_admin_login(admin.site.login)


@login_not_required
@require_GET
@cache_control(private=True, no_store=True)
def me(request):
    """The signed-in person's menu, which script puts into public pages. See static/js/me.js."""
    if not request.user.is_authenticated:
        request.has_signed_in = False  # takes back a hint that has outlived the session
        return HttpResponse(status=204)
    return render(request, "components/me.html", {"user": request.user})


def settings(request):
    if request.method == "POST":
        form = SettingsForm(request.POST, request.FILES, instance=request.user)
        if form.is_valid():
            form.save()
            messages.success(request, _("Saved."))
            return redirect("accounts:settings")
        # The form has written into the person that the header shows.
        request.user.refresh_from_db()
    else:
        form = SettingsForm(held_form(request), instance=request.user)
    return render(request, "accounts/settings.html", {"form": form})


@login_not_required
@require_GET
def public_media(request, path):
    """Faces and photos on sitters' pages: anybody may see them, under names nobody can guess."""
    return serve_image(request, path, is_public=True)
