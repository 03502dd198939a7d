from django.urls import path

from bookings.views import data

urlpatterns = [
    path("settings/data/", data.data, name="data"),
    path("settings/data/progress/", data.data_progress, name="data_progress"),
    path("settings/data/make/", data.data_make, name="data_make"),
    path("settings/data/<int:pk>/", data.data_file, name="data_file"),
]
