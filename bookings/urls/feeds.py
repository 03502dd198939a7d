"""Saved searches, the calendar feed and calendars from elsewhere."""

from django.urls import path, re_path

from bookings.views import calendar_feed, outside_calendars, saved_searches

urlpatterns = [
    path("searches/", saved_searches.searches, name="searches"),
    path("searches/save/", saved_searches.search_save, name="search_save"),
    path("searches/<int:pk>/", saved_searches.search_edit, name="search_edit"),
    path("searches/<int:pk>/switch/", saved_searches.search_switch, name="search_switch"),
    path("searches/<int:pk>/delete/", saved_searches.search_delete, name="search_delete"),
    path("searches/<int:pk>/restore/", saved_searches.search_restore, name="search_restore"),
    path("searches/stop/<str:token>/", saved_searches.search_stop, name="search_stop"),
    re_path(
        r"^calendar/(?P<secret>[\w.-]{1,200})\.ics$",
        calendar_feed.calendar_feed,
        name="calendar_feed",
    ),
    path("settings/calendar/", calendar_feed.calendar_settings, name="calendar_settings"),
    path("settings/calendar/renew/", calendar_feed.calendar_renew, name="calendar_renew"),
    path("settings/calendar/revoke/", calendar_feed.calendar_revoke, name="calendar_revoke"),
    path(
        "settings/calendar/addresses/", calendar_feed.calendar_addresses, name="calendar_addresses"
    ),
    path("sitting/calendar/import/", outside_calendars.calendar_import, name="calendar_import"),
    path(
        "sitting/calendar/import/<int:pk>/read/",
        outside_calendars.calendar_import_read,
        name="calendar_import_read",
    ),
    path(
        "sitting/calendar/import/<int:pk>/remove/",
        outside_calendars.calendar_import_remove,
        name="calendar_import_remove",
    ),
]
