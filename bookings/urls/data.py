from django.urls import path

from bookings.views import closing, data

urlpatterns = [
    path("settings/data/", data.data, name="data"),
    path("settings/data/progress/", data.data_progress, name="data_progress"),
    path("settings/data/make/", data.data_make, name="data_make"),
    path("settings/data/<int:pk>/", data.data_file, name="data_file"),
    path("settings/close/", closing.close, name="close"),
    path("settings/close/begin/", closing.close_begin, name="close_begin"),
    path("settings/close/keep/", closing.close_keep, name="close_keep"),
    path("settings/closed/", closing.closed, name="closed"),
]
