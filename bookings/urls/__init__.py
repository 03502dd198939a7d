from django.urls import path, re_path

from bookings.urls import (
    care,
    changes,
    data,
    favourites,
    feeds,
    messages,
    notice_choices,
    reviews,
    series,
    visits,
)
from bookings.views import (
    actions,
    bookings,
    calendar,
    dashboards,
    help,
    home,
    media,
    notices,
    requests,
    search,
    sitter_page,
)

app_name = "bookings"
urlpatterns = [
    re_path(
        r"^media/(?P<path>(?:pets|vaccinations)/[\w.-]+)$",
        media.private_media,
        name="private_media",
    ),
    path("", home.home, name="home"),
    path("help/", help.help_index, name="help_index"),
    path("help/<slug:slug>/", help.help_page, name="help"),
    path("search/", search.search, name="search"),
    path("places/", search.places, name="places"),
    path("sitters/<slug:slug>/", sitter_page.sitter, name="sitter"),
    path("sitting/preview/", sitter_page.sitter_preview, name="sitter_preview"),
    path("bookings/new/<slug:slug>/", requests.new, name="new"),
    *messages.urlpatterns,
    path("overview/", dashboards.overview, name="overview"),
    path("sitting/", dashboards.sitting, name="sitting"),
    path("notices/", notices.notice_list, name="notices"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/<int:pk>/", notices.notice_open, name="notice"),
    path("bookings/", dashboards.booking_list, name="list"),
    path("bookings/<str:public_id>/", bookings.booking_detail, name="detail"),
    path("bookings/<str:public_id>/record/", bookings.booking_record, name="record"),
    path("bookings/<str:public_id>/accept/", actions.accept, name="accept"),
    path("bookings/<str:public_id>/decline/", actions.decline, name="decline"),
    path("bookings/<str:public_id>/cancel/", actions.cancel, name="cancel"),
    path("bookings/<str:public_id>/reply/", actions.reply, name="reply"),
    *[
        path(f"bookings/<str:public_id>/{step.path}/", actions.step, {"step": step}, step.verb)
        for step in actions.STEPS
    ],
    path("sitting/calendar/", calendar.calendar, name="calendar"),
    path("sitting/calendar/confirm/", calendar.calendar_confirm, name="calendar_confirm"),
    path("sitting/calendar/week/", calendar.calendar_week, name="calendar_week"),
    path(
        "sitting/calendar/exceptions/<int:pk>/remove/",
        calendar.calendar_exception_remove,
        name="calendar_exception_remove",
    ),
    re_path(
        r"^sitting/calendar/(?P<day>\d{4}-\d{2}-\d{2})/$",
        calendar.calendar_day,
        name="calendar_day",
    ),
    *feeds.urlpatterns,
    *data.urlpatterns,
    *care.urlpatterns,
    *favourites.urlpatterns,
    *reviews.urlpatterns,
    *notice_choices.urlpatterns,
    *visits.urlpatterns,
    *changes.urlpatterns,
    *series.urlpatterns,
]
