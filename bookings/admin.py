"""Staff: look at any booking, cancel one or decide who was not there, send a failed mail again.

Nothing is written directly: a status only changes through the services, each logged by Django too.
"""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.exceptions import BookingError
from bookings.forms.staff import NoShowForm, StaffCancelForm
from bookings.models import Booking, BookingEvent, BookingLine, BookingPet, BookingUnit, Notice
from bookings.services import transitions
from bookings.services.history import faults
from bookings.services.notices import send_again
from bookings.services.rules import STAFF, allowed
from pawsitters import clock
from profiles.money import amount


class ReadOnly:
    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    extra = 0
    show_change_link = False


class PetInline(ReadOnlyInline):
    model = BookingPet
    fields = ["name", "species", "is_young", "must_follow"]


class UnitInline(ReadOnlyInline):
    model = BookingUnit
    fields = ["number", "on", "starts_at", "ends_at", "amount_cents", "kept_cents"]


class LineInline(ReadOnlyInline):
    model = BookingLine
    fields = ["number", "sentence", "detail", "quantity", "unit_cents", "amount_cents"]


class EventInline(ReadOnlyInline):
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


@admin.register(Booking)
class BookingAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["reference", "status", "kind", "owner", "sitter", "starts_at", "total"]
    list_filter = ["status", FlaggedFilter, "kind"]
    list_select_related = ["owner", "sitter__user"]
    search_fields = ["public_id", "owner__email", "sitter__user__email"]
    search_help_text = gettext_lazy("Reference or e-mail address")
    ordering = ["-pk"]
    show_full_result_count = False
    inlines = [PetInline, UnitInline, LineInline, EventInline]
    change_form_template = "admin/bookings/booking/change_form.html"

    @admin.display(description=gettext_lazy("total"))
    def total(self, booking):
        return amount(booking.total_cents, booking.currency)

    def get_search_results(self, request, queryset, search_term):
        # People read a reference with its dashes.
        return super().get_search_results(request, queryset, search_term.replace("-", ""))

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/cancel/", view(self.cancel), name="bookings_booking_cancel"),
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
            return self._decide(
                request,
                booking,
                lambda: transitions.cancel_by_staff(
                    booking=booking, by=request.user, reason=reason, refund_cents=refund
                ),
                _("Cancelled, %(refund)s back: %(reason)s")
                % {"refund": amount(refund, booking.currency), "reason": reason},
            )
        context = {
            "form": form,
            "lede": _("Both sides are told, and the seats are free again. It cannot be undone."),
            "button": _("Cancel this booking"),
        }
        return self._page(request, booking, _("Cancel this booking?"), context)

    def no_show(self, request, pk):
        """T9, where the two do not agree."""
        booking = self._booking(request, pk)
        form = NoShowForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            status = form.cleaned_data["status"]
            return self._decide(
                request,
                booking,
                lambda: transitions.decide_no_show(booking=booking, by=request.user, status=status),
                _("Decided: %(status)s") % {"status": Booking.Status(status).label},
            )
        context = {
            "form": form,
            "lede": _("Nobody checked in, and the two do not agree."),
            "button": _("Close the booking"),
        }
        return self._page(request, booking, _("Who was not there?"), context)

    def _booking(self, request, pk) -> Booking:
        if not request.user.has_perm("bookings.change_booking"):
            raise PermissionDenied
        return get_object_or_404(Booking.objects.with_parties(), pk=pk)

    def _decide(self, request, booking, change, words):
        """Do it and keep it in Django's log, both or neither."""
        try:
            with transaction.atomic():
                change()
                self.log_change(request, booking, words)
        except BookingError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, words)
        return HttpResponseRedirect(reverse("admin:bookings_booking_change", args=[booking.pk]))

    def _page(self, request, booking, title, context):
        return TemplateResponse(
            request,
            "admin/bookings/booking/decide.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "original": booking,
                "title": title,
                **context,
            },
        )


class MailFilter(admin.SimpleListFilter):
    title = gettext_lazy("mail")
    parameter_name = "mail"

    def lookups(self, request, model_admin):
        return [("failed", _("Given up")), ("waiting", _("Waiting")), ("sent", _("Sent"))]

    def queryset(self, request, queryset):
        if self.value() == "failed":
            return queryset.failed()
        if self.value() == "waiting":
            return queryset.filter(send_after__isnull=False)
        return queryset.filter(sent_at__isnull=False) if self.value() == "sent" else queryset


@admin.register(Notice)
class NoticeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["subject", "recipient", "created_at", "sent_at", "attempts", "last_error"]
    list_filter = [MailFilter, "kind"]
    list_select_related = ["recipient"]
    search_fields = ["recipient__email", "key"]
    show_full_result_count = False
    actions = ["send_again"]

    @admin.action(description=gettext_lazy("Send the mail again"), permissions=["send"])
    def send_again(self, request, queryset):
        with transaction.atomic():
            notices = list(queryset)
            count = send_again(notices)
            for notice in notices:
                self.log_change(request, notice, _("Mail queued again"))
        messages.success(request, _("%(count)d mails are queued again.") % {"count": count})

    def has_send_permission(self, request):
        return request.user.has_perm("bookings.change_notice")
