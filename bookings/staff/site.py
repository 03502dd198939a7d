"""The admin's first page: what waits for staff, and how many bookings there are."""

from django.contrib import admin
from django.urls import path

from bookings.staff.plot import DAYS, bookings_plot
from bookings.staff.queues import queues_for
from pawsitters.operations import rule_changes, staff


class StaffSite(admin.AdminSite):
    index_template = "admin/staff_index.html"

    def get_urls(self):
        # Not at the top: this module is read before the models are.
        from bookings.staff.held import held_requests

        held = path("held/", self.admin_view(held_requests), name="held")
        return [held, *staff.urls(self), *super().get_urls()]

    def index(self, request, extra_context=None):
        context = {
            "queues": queues_for(request.user),
            "board": rule_changes.board(),
            **(extra_context or {}),
        }
        if request.user.has_perm("bookings.view_booking"):
            days = 90 if request.GET.get("days") == "90" else DAYS
            context |= {"plot": bookings_plot(days), "days": days}
        return super().index(request, context)
