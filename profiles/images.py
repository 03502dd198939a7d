"""Pictures of pets, homes and documents go the same way as people's: see accounts/images.py."""

from accounts.images import (
    Photo,
    PhotoField,
    PhotoFormMixin,
    clean_image,
    delete_photo,
    small_name,
    small_url,
)

__all__ = [
    "Photo",
    "PhotoField",
    "PhotoFormMixin",
    "clean_image",
    "delete_photo",
    "small_name",
    "small_url",
]
