from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.held import held_form
from bookings.forms.notice_choices import NoticeChoicesForm


def notice_choices(request):
    if request.method == "POST":
        form = NoticeChoicesForm(request.POST, person=request.user)
        if form.is_valid():
            form.save()
            messages.success(request, _("Saved."))
            return redirect("bookings:notice_choices")
    else:
        form = NoticeChoicesForm(held_form(request), person=request.user)
    return render(request, "bookings/notice_choices.html", {"form": form})
