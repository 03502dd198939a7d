"""Staff: look at any booking, cancel one, give money back, decide who was not there.

Nothing is written directly: a status only changes through the services, each logged by Django too.
"""

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_common import Decisions, ReadOnly, Shown
from bookings.exceptions import BookingError
from bookings.forms.staff import NoShowForm, RefundForm, StaffCancelForm
from bookings.models import Booking, BookingEvent, BookingLine, BookingPet, BookingUnit
from bookings.services import transitions
from bookings.services.history import faults
from bookings.services.rules import STAFF, allowed
from bookings.staff.queues import bookings_begun_late
from pawsitters import clock
from profiles.money import amount


class ShownInline(ReadOnly, admin.TabularInline):
    extra = 0
    show_change_link = False


class PetInline(ShownInline):
    model = BookingPet
    fields = ["name", "species", "is_young", "must_follow"]


class UnitInline(ShownInline):
    model = BookingUnit
    fields = ["number", "on", "starts_at", "ends_at", "amount_cents", "kept_cents"]


class LineInline(ShownInline):
    model = BookingLine
    fields = ["number", "sentence", "detail", "quantity", "unit_cents", "amount_cents"]


class EventInline(ShownInline):
    model = BookingEvent
    fields = ["number", "at", "role", "actor", "verb", "data", "hash"]


class FlaggedFilter(admin.SimpleListFilter):
    title = gettext_lazy("never checked in")
    parameter_name = "flagged"

    def lookups(self, request, model_admin):
        return [("yes", _("Waiting for an answer"))]

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.filter(flagged_at__isnull=False, status=Booking.Status.CONFIRMED)
        return queryset


class LateFilter(admin.SimpleListFilter):
    title = gettext_lazy("begun in time")
    parameter_name = "late"

    def lookups(self, request, model_admin):
        return [("yes", _("Not begun 40 minutes after the plan"))]

    def queryset(self, request, queryset):
        return bookings_begun_late(queryset) if self.value() == "yes" else queryset


@admin.register(Booking)
class BookingAdmin(Decisions, Shown):
    refusals = (BookingError,)
    list_display = ["reference", "status", "kind", "owner", "sitter", "starts_at", "total"]
    list_filter = ["status", FlaggedFilter, LateFilter, "kind"]
    list_select_related = ["owner", "sitter__user"]
    search_fields = ["public_id", "owner__email", "sitter__user__email"]
    search_help_text = gettext_lazy("Reference or e-mail address")
    ordering = ["-pk"]
    inlines = [PetInline, UnitInline, LineInline, EventInline]
    change_form_template = "admin/bookings/booking/change_form.html"

    @admin.display(description=gettext_lazy("total"))
    def total(self, booking):
        return amount(booking.total_cents, booking.currency)

    def people_of(self, booking):
        return (booking.owner, booking.sitter.user)

    def get_search_results(self, request, queryset, search_term):
        # People read a reference with its dashes.
        return super().get_search_results(request, queryset, search_term.replace("-", ""))

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/cancel/", view(self.cancel), name="bookings_booking_cancel"),
            path("<int:pk>/refund/", view(self.refund), name="bookings_booking_refund"),
            path("<int:pk>/no-show/", view(self.no_show), name="bookings_booking_no_show"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        booking = self.get_object(request, unquote(object_id))
        extra = extra_context or {}
        if booking:
            extra["verbs"] = allowed(booking, STAFF, clock.now())
            extra["faults"] = list(faults(booking))
        return super().change_view(request, object_id, form_url, extra)

    def cancel(self, request, pk):
        """T12, with an explicit refund."""
        booking = self._booking(request, pk)
        form = StaffCancelForm(request.POST or None, booking=booking)
        if request.method == "POST" and form.is_valid():
            refund, reason = form.cleaned_data["refund"], form.cleaned_data["reason"]
            return self.decide(
                request,
                booking,
                lambda: transitions.cancel_by_staff(
                    booking=booking, by=request.user, reason=reason, refund_cents=refund
                ),
                _("Cancelled, %(refund)s back: %(reason)s")
                % {"refund": amount(refund, booking.currency), "reason": reason},
                _page_of(booking),
            )
        return self.ask(
            request,
            booking,
            form,
            title=_("Cancel this booking?"),
            lede=_("Both sides are told, and the seats are free again. It cannot be undone."),
            button=_("Cancel this booking"),
            who=_parties(booking),
        )

    def refund(self, request, pk):
        """More money back, after the end; both sides read why."""
        booking = self._booking(request, pk)
        form = RefundForm(request.POST or None, booking=booking)
        if request.method == "POST" and form.is_valid():
            more, reason = form.cleaned_data["more"], form.cleaned_data["reason"]
            return self.decide(
                request,
                booking,
                lambda: transitions.refund_by_staff(
                    booking=booking, by=request.user, reason=reason, more_cents=more
                ),
                _("%(more)s more back: %(reason)s")
                % {"more": amount(more, booking.currency), "reason": reason},
                _page_of(booking),
            )
        return self.ask(
            request,
            booking,
            form,
            title=_("Give more back?"),
            lede=_("The owner gets this on top of what has come back. Both sides are told why."),
            button=_("Give it back"),
            who=_parties(booking),
        )

    def no_show(self, request, pk):
        """T9, where the two do not agree."""
        booking = self._booking(request, pk)
        form = NoShowForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            status = form.cleaned_data["status"]
            return self.decide(
                request,
                booking,
                lambda: transitions.decide_no_show(booking=booking, by=request.user, status=status),
                _("Decided: %(status)s") % {"status": Booking.Status(status).label},
                _page_of(booking),
            )
        return self.ask(
            request,
            booking,
            form,
            title=_("Who was not there?"),
            lede=_("Nobody checked in, and the two do not agree."),
            button=_("Close the booking"),
            who=_parties(booking),
        )

    def _booking(self, request, pk) -> Booking:
        if not request.user.has_perm("bookings.change_booking"):
            raise PermissionDenied
        return get_object_or_404(Booking.objects.with_parties(), pk=pk)


def _page_of(booking: Booking) -> str:
    return reverse("admin:bookings_booking_change", args=[booking.pk])


def _parties(booking: Booking) -> str:
    state = booking.get_status_display()
    return f"{booking.reference} · {state} · {booking.owner.email} · {booking.sitter.user.email}"
