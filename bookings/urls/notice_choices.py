from django.urls import path

from bookings.views import notice_choices

urlpatterns = [
    path("settings/mails/", notice_choices.notice_choices, name="notice_choices"),
]
