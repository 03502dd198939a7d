"""Staff: keeping people out and letting them in again, with a reason that they read."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin import UserAdmin, is_below
from accounts.admin_common import CsvExport, Decisions
from accounts.models import User
from bookings.exceptions import BookingError
from bookings.forms.staff import PersonReasonForm
from bookings.models import Booking
from bookings.services.suspension import let_in_again, suspend_account

admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(CsvExport, Decisions, UserAdmin):
    """Who may log in is decided here with a reason, never by a tick in the form."""

    refusals = (BookingError,)
    change_form_template = "admin/accounts/user/change_form.html"
    list_display = ["email", "name", "is_active", "is_staff", "date_joined"]
    show_full_result_count = False

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "is_active", "kept_out"]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return [*fieldsets, (_("Suspensions"), {"fields": ["kept_out"]})]

    @admin.display(description=gettext_lazy("kept out"))
    def kept_out(self, person):
        rows = person.suspensions.select_related("by")
        lines = [
            f"{row.at:%Y-%m-%d} – {row.ended_at and row.ended_at.date() or '…'} ({row.by}): {row.reason}"
            for row in rows
        ]
        return "\n".join(lines) or "–"

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/suspend/", view(self.suspend), name="accounts_user_suspend"),
            path("<int:pk>/let-in/", view(self.let_in), name="accounts_user_let_in"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        may = request.user.has_perm("accounts.add_suspension")
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "may_suspend": may}
        )

    def suspend(self, request, pk):
        person = self._person(request, pk)
        form = PersonReasonForm(
            request.POST or None, help_text=gettext_lazy("The person reads this, by mail and here.")
        )
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            return self.decide(
                request,
                person,
                lambda: suspend_account(person=person, by=request.user, reason=reason),
                _("Suspended: %(reason)s") % {"reason": reason},
                _page_of(person),
            )
        agreed = Booking.objects.visible_to(person).holding_seats()
        return self.ask(
            request,
            person,
            form,
            title=_("Keep this person out?"),
            lede=_(
                "They are logged out everywhere and cannot be found or asked. Open requests end."
                " What is agreed stays agreed; these bookings you may want to look at:"
            ),
            button=_("Suspend the account"),
            who=person.email,
            links=[
                (f"{booking.reference} · {booking.get_status_display()}", _booking_page(booking))
                for booking in agreed[:50]
            ],
        )

    def let_in(self, request, pk):
        person = self._person(request, pk)
        form = PersonReasonForm(request.POST or None, help_text=gettext_lazy("For our own record."))
        if request.method == "POST" and form.is_valid():
            return self.decide(
                request,
                person,
                lambda: let_in_again(person=person, by=request.user),
                _("Let in again: %(reason)s") % {"reason": form.cleaned_data["reason"]},
                _page_of(person),
            )
        return self.ask(
            request,
            person,
            form,
            title=_("Let this person in again?"),
            lede=_("They can log in again, and their page is as it was. They are told by mail."),
            button=_("Let them in"),
            who=person.email,
        )

    def _person(self, request, pk) -> User:
        if not request.user.has_perm("accounts.add_suspension"):
            raise PermissionDenied
        person = get_object_or_404(User, pk=pk)
        if not is_below(request.user, person) or person == request.user:
            raise Http404
        return person


def _page_of(person: User) -> str:
    return reverse("admin:accounts_user_change", args=[person.pk])


def _booking_page(booking: Booking) -> str:
    return reverse("admin:bookings_booking_change", args=[booking.pk])
