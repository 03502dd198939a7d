from django.contrib import admin
from django.urls import include, path

from pawsitters import views

handler500 = "pawsitters.views.server_error"
urlpatterns = [
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("", include("pawsitters.operations.urls")),
    path("", include("profiles.urls")),
    path("", include("bookings.urls")),
    path("", include("accounts.urls")),
    path("sign/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
