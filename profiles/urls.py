from django.urls import path, re_path

from profiles.views import homes, pets

app_name = "profiles"
urlpatterns = [
    path("home/", homes.home_edit, name="home_edit"),
    path("pets/", pets.pet_list, name="pet_list"),
    path("pets/add/", pets.pet_add, name="pet_add"),
    re_path(
        rf"^pets/(?P<pk>\d{{1,18}})/(?P<step>{'|'.join(pets.STEPS)})/$",
        pets.pet_edit,
        name="pet_edit",
    ),
    path("pets/<int:pk>/archive/", pets.pet_archive, name="pet_archive"),
    path("pets/<int:pk>/restore/", pets.pet_restore, name="pet_restore"),
    path(
        "pets/<int:pk>/vaccinations/<int:vaccination_pk>/delete/",
        pets.vaccination_delete,
        name="vaccination_delete",
    ),
]
