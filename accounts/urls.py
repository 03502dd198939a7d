from django.urls import path, re_path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign/login/", views.login, name="login"),  # before allauth's, which it hands over to
    path("me/", views.me, name="me"),
    path("settings/", views.settings, name="settings"),
    re_path(r"^media/(?P<path>(?:people|sitters)/[\w.-]+)$", views.public_media, name="media"),
]
