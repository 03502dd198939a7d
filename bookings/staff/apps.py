from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin with our first page."""

    default_site = "bookings.staff.site.StaffSite"
