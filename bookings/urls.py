from django.urls import path, re_path

from bookings.views import bookings, help, home, media

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
    path("bookings/<str:public_id>/", bookings.booking_detail, name="detail"),
]
