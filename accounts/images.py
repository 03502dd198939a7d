"""Pictures that people upload: looked at, shrunk and written anew, so that nothing else gets in.

What is stored is never the file that was sent. Its name, metadata and format are dropped; the
pixels become a WebP of at most 1600 px under a random name, with a 480 px copy beside it
(`small_name`) for cards and lists.
"""

import io
import secrets
from threading import Lock

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadhandler import FileUploadHandler
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000
# Only JPEG can be decoded at a fraction of its size; the others unpack to 8 bytes a pixel at worst.
MAX_WHOLE_PIXELS = 16_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
LARGE, SMALL = 1600, 480
QUALITY = 82
ACCEPT = "image/jpeg,image/png,image/webp"

# A decoded picture takes up to 130 MB; several at once would break the memory limit of a worker.
_decoding = Lock()


class Photo(ContentFile):
    """A picture of ours, ready to be stored; `small` is its 480 px copy."""

    def __init__(self, large: bytes, small: bytes):
        super().__init__(large, name=f"{secrets.token_hex(12)}.webp")
        self.small = ContentFile(small)


def small_name(name: str) -> str:
    """Storage name of the 480 px copy: "pets/ab.webp" → "pets/ab-480.webp"."""
    return f"{name.removesuffix('.webp')}-{SMALL}.webp"


def stored_name(name: str) -> str:
    """Name of the picture that a small copy belongs to; any other name as it is."""
    return name.replace(f"-{SMALL}.", ".")


def small_url(stored: FieldFile) -> str:
    """Address of the small copy of a picture that a PhotoFormMixin has stored."""
    return stored.storage.url(small_name(stored.name))


def clean_image(upload: File, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """Write an uploaded picture anew. Raise ValidationError with a sentence if it is not one."""
    if upload.size > MAX_BYTES:
        raise ValidationError(_("This picture is larger than 10 MB. Choose a smaller one."))
    upload.seek(0)
    head = upload.read(32)
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif"):
        raise ValidationError(_("HEIC and AVIF cannot be read here. Send it as JPEG, PNG or WebP."))
    upload.seek(0)
    with _decoding:
        try:
            return _rewrite(upload, max_pixels)
        except ValidationError:
            raise
        except Image.DecompressionBombError as error:
            raise _too_many_pixels(max_pixels) from error
        except UnidentifiedImageError as error:
            raise ValidationError(
                _("This file is not a picture that can be read. Send a JPEG, PNG or WebP.")
            ) from error
        except Exception as error:  # decoders raise whatever they like on damaged files
            raise ValidationError(
                _("This picture is damaged and cannot be read. Try another copy of it.")
            ) from error


def _rewrite(upload: File, max_pixels: int) -> Photo:
    with Image.open(upload, formats=FORMATS) as image:  # reads the header only
        limit = max_pixels if image.format == "JPEG" else min(max_pixels, MAX_WHOLE_PIXELS)
        if image.width * image.height > limit:
            raise _too_many_pixels(limit)
        image.draft("RGB", (LARGE, LARGE))  # a JPEG is decoded at a fraction of its size
        image.thumbnail((LARGE, LARGE))
        image = ImageOps.exif_transpose(_plain_colours(image))
        large = _encode(image)
        image.thumbnail((SMALL, SMALL))
        return Photo(large, _encode(image))


def _plain_colours(image: Image.Image) -> Image.Image:
    """In sRGB, as the colour profile goes with the other metadata."""
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
            converted.info["exif"] = image.info.get("exif", b"")
            return converted
        except (ImageCms.PyCMSError, OSError):
            pass  # an unreadable profile costs a shade of colour, not the picture
    return image.convert("RGBA" if has_alpha else "RGB")


def _encode(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue()


def _too_many_pixels(max_pixels: int) -> ValidationError:
    return ValidationError(
        _("This picture has more than %(millions)d million pixels. Choose a smaller copy."),
        params={"millions": max_pixels // 1_000_000},
    )


def store_photo(photo: Photo, folder: str) -> str:
    """Store a picture and its small copy where no form does it; returns the name to keep."""
    name = default_storage.save(f"{folder}/{photo.name}", photo)
    default_storage.save(small_name(name), photo.small)
    return name


class PhotoField(forms.FileField):
    """A picture; its cleaned value is a `Photo`, or what FileField gives when nothing was sent."""

    widget = forms.ClearableFileInput(attrs={"accept": ACCEPT})
    default_error_messages = {
        "empty": _("This file is empty. Choose another picture."),
        "invalid": _("No picture was sent. Choose it again."),
        "contradiction": _("Either choose a new picture or remove the present one, not both."),
    }

    def __init__(self, **kwargs):
        kwargs.pop("max_length", None)  # the name that was sent is never used
        super().__init__(**kwargs)

    def clean(self, data, initial=None):
        value = super().clean(data, initial)
        return clean_image(value) if value and value is not initial else value


class PhotoFormMixin:
    """For a ModelForm with PhotoFields: stores the small copies, removes what was replaced."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._photos_before = {
            name: getattr(self.instance, name).name for name in self._photo_names()
        }

    def _photo_names(self):
        return [name for name, field in self.fields.items() if isinstance(field, PhotoField)]

    def save(self, commit=True):
        instance = super().save(commit)
        for name in self._photo_names():
            if name not in self.changed_data:
                continue
            photo = self.cleaned_data[name]
            if isinstance(photo, Photo):
                stored = getattr(instance, name)
                if not stored._committed:  # save(commit=False) leaves the file to the caller
                    stored.save(photo.name, photo, save=False)
                default_storage.save(small_name(stored.name), photo.small)
            if before := self._photos_before[name]:
                transaction.on_commit(lambda before=before: delete_photo(before))
        return instance


def delete_photo(name: str) -> None:
    default_storage.delete(name)
    default_storage.delete(small_name(name))


class BoundedUploadHandler(FileUploadHandler):
    """Throws away what goes beyond the limit, so that an endless upload never fills the disk.

    The field still sees a file that is too large, and says so.
    """

    def receive_data_chunk(self, raw_data, start):
        return raw_data if start <= MAX_BYTES else None

    def file_complete(self, file_size):
        return None
