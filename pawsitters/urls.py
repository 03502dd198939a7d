from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("pawsitters.operations.urls")),
    path("", include("profiles.urls")),
    path("", include("bookings.urls")),
    path("", include("accounts.urls")),
    path("sign/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
