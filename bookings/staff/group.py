"""The group "Staff": what a colleague needs day by day, and no more. Superusers need no group."""

from django.contrib.auth.models import Group, Permission

NAME = "Staff"
MAY = {
    "accounts": ["view_user", "add_suspension", "view_suspension"],
    "admin": ["view_logentry"],
    "bookings": [
        "view_booking",
        "change_booking",
        "view_bookingevent",
        "view_bookingline",
        "view_bookingpet",
        "view_bookingunit",
        "view_export",
        "view_notice",
        "change_notice",
        "view_report",
        "change_report",
        "view_review",
        "change_review",
    ],
    "profiles": [
        "view_sitterprofile",
        "change_sitterprofile",
        "view_check",
        "add_check",
        "change_check",
        "view_pet",
        "view_town",
    ],
}


def ensure_group() -> Group:
    """Create the group or bring its rights up to date. Needs the tables of rights, so not in a
    migration: Django fills them after all of those."""
    group, _is_new = Group.objects.get_or_create(name=NAME)
    rights = [
        permission
        for app, names in MAY.items()
        for permission in Permission.objects.filter(content_type__app_label=app, codename__in=names)
    ]
    group.permissions.set(rights)
    return group
