from django.urls import path

from . import held, views
from .incident_page import incident_page

app_name = "operations"
urlpatterns = [
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("healthz", views.healthz, name="healthz"),
    path("status/", views.status, name="status"),
    path("status/incidents/<str:name>/", incident_page, name="incident"),
    path("requests/held/<str:reference>/", held.held, name="held"),
]
