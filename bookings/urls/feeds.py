"""Saved searches, the calendar feed and calendars from elsewhere."""

from django.urls import path

from bookings.views import saved_searches

urlpatterns = [
    path("searches/", saved_searches.searches, name="searches"),
    path("searches/save/", saved_searches.search_save, name="search_save"),
    path("searches/<int:pk>/", saved_searches.search_edit, name="search_edit"),
    path("searches/<int:pk>/switch/", saved_searches.search_switch, name="search_switch"),
    path("searches/<int:pk>/delete/", saved_searches.search_delete, name="search_delete"),
    path("searches/<int:pk>/restore/", saved_searches.search_restore, name="search_restore"),
    path("searches/stop/<str:token>/", saved_searches.search_stop, name="search_stop"),
]
