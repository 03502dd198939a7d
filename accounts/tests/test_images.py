"""Hostile uploads: whatever arrives, only our own WebP is ever stored."""

import io
import struct
import time
import tracemalloc
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.images import MAX_BYTES, clean_image, small_name, stored_name


def picture(size=(64, 48), format="JPEG", mode="RGB", **options) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(out, format, **options)
    return SimpleUploadedFile(f"photo.{format.lower()}", out.getvalue())


def opened(photo) -> Image.Image:
    photo.seek(0)
    return Image.open(io.BytesIO(photo.read()))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width: int, height: int) -> SimpleUploadedFile:
    """A PNG of a few hundred kilobytes that unpacks to width × height pixels."""
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(width + 1)) for _ in range(height)) + rows.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return SimpleUploadedFile("bomb.png", b"\x89PNG\r\n\x1a\n" + content)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_written_anew_as_webp_under_a_random_name(format):
    photo = clean_image(picture(format=format))
    assert opened(photo).format == "WEBP"
    assert photo.name.endswith(".webp")
    assert "photo" not in photo.name
    assert photo.name != clean_image(picture(format=format)).name


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "LA", "I;16", "1"])
def test_every_colour_mode_of_png_is_read(mode):
    assert opened(clean_image(picture(format="PNG", mode=mode))).mode in ("RGB", "RGBA")


def test_cmyk_jpeg_is_read():
    assert opened(clean_image(picture(mode="CMYK"))).mode == "RGB"


def test_large_pictures_shrink_and_have_a_small_copy():
    photo = clean_image(picture((4000, 3000)))
    assert opened(photo).size == (1600, 1200)
    assert opened(photo.small).size == (480, 360)
    assert small_name("pets/ab.webp") == "pets/ab-480.webp"
    assert stored_name("pets/ab-480.webp") == "pets/ab.webp"


def test_orientation_is_applied_and_metadata_is_gone():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"  # where it was taken
    photo = clean_image(picture((640, 480), exif=exif))
    image = opened(photo)
    assert image.size == (480, 640)
    assert not image.getexif()
    photo.seek(0)
    assert b"SecretCamera" not in photo.read()


def test_a_colour_profile_goes_with_the_metadata():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert "icc_profile" not in opened(clean_image(picture(icc_profile=profile))).info


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_hundred_megapixels_are_refused_quickly_and_with_little_memory():
    bomb = png_bomb(10_000, 10_000)
    assert bomb.size < 1_000_000
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(ValidationError, match="16 million pixels"):
        clean_image(bomb)
    seconds = time.perf_counter() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 0.5
    assert peak < 5_000_000


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_photo_of_hundred_megapixels_gets_a_sentence():
    content = bytearray(picture((64, 48)).read())
    frame = content.index(b"\xff\xc0")  # the header that holds height and width
    content[frame + 5 : frame + 9] = struct.pack(">HH", 10_000, 10_000)
    with pytest.raises(ValidationError, match="40 million pixels"):
        clean_image(SimpleUploadedFile("x.jpg", bytes(content)))


def test_a_picture_beyond_pillows_own_limit_gets_the_same_sentence():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    with pytest.raises(ValidationError, match="million pixels"):
        clean_image(SimpleUploadedFile("x.png", b"\x89PNG\r\n\x1a\n" + content))


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + b"\x00" * 500,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a" + b"\x00" * 100,
        b"%PDF-1.7",
        b"#!/bin/sh\nrm -rf /",
        b"\x00" * 64,
    ],
)
def test_a_renamed_file_of_another_kind_is_refused(content):
    with pytest.raises(ValidationError, match="not a picture"):
        clean_image(SimpleUploadedFile("cat.jpg", content, "image/jpeg"))


def test_heic_gets_its_own_sentence():
    content = b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100
    with pytest.raises(ValidationError, match="HEIC"):
        clean_image(SimpleUploadedFile("IMG_1.HEIC", content))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_picture_is_refused_in_a_sentence(format):
    whole = picture((800, 600), format=format).read()
    with pytest.raises(ValidationError, match="damaged|not a picture"):
        clean_image(SimpleUploadedFile("x", whole[: len(whole) // 2]))


def test_what_follows_the_picture_in_the_file_is_not_kept():
    polyglot = picture().read() + b"<?php system($_GET['c']); ?>"
    photo = clean_image(SimpleUploadedFile("x.jpg", polyglot))
    assert b"php" not in photo.read()


def test_more_than_ten_megabytes_are_refused():
    with pytest.raises(ValidationError, match="10 MB"):
        clean_image(SimpleUploadedFile("x.jpg", b"\xff\xd8" + bytes(MAX_BYTES)))


@pytest.mark.django_db
def test_many_files_at_once_are_refused_before_they_fill_the_disk(client):
    files = {f"photo{number}": picture() for number in range(13)}
    assert client.post("/sign/login/", {"login": "ada@example.org", **files}).status_code == 400
