from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.sessions import end_sessions, forget_logins, handle_of, live_sessions


@require_GET
def device_list(request):
    sessions = live_sessions(request.user)
    here = request.session.session_key
    context = {
        "this_one": next((one for one in sessions if one.session_key == here), None),
        "others": [
            (handle_of(one.session_key), one) for one in sessions if one.session_key != here
        ],
    }
    return render(request, "accounts/devices.html", context)


@require_POST
def device_log_out(request):
    others = request.user.sessions.exclude(session_key=request.session.session_key)
    handle = request.POST.get("device", "")
    chosen = next((one for one in others if handle_of(one.session_key) == handle), None)
    if chosen is None:
        raise Http404
    device = chosen.device
    chosen.delete()
    forget_logins(request.user)
    messages.success(request, _("Logged out: %(device)s.") % {"device": device})
    return redirect("accounts:devices")


@require_POST
def others_log_out(request):
    count = end_sessions(request.user, but=request.session.session_key)
    words = ngettext("%(count)d other browser logged out.", "%(count)d other browsers logged out.", count)  # fmt: skip
    messages.success(request, words % {"count": count})
    return redirect("accounts:devices")
