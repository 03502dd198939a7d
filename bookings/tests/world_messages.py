"""What the owner and the sitter of the world have written to each other."""

import secrets

from django.core.files.storage import default_storage

from accounts.images import small_name
from accounts.models import User
from accounts.tests.test_images import picture
from bookings.models import Message, MessagePhoto
from bookings.services.messages import find_thread, send_message
from profiles.models import SitterProfile


def write(
    owner: User, sitter: SitterProfile, sender: User, text: str = "Hello!", **more
) -> Message:
    return send_message(
        thread=find_thread(owner, sitter),
        sender=sender,
        text=text,
        **{"key": secrets.token_hex(16), **more},
    )


def message_names(owner: User, sitter: SitterProfile) -> dict[str, object]:
    message = write(owner, sitter, owner, "Is the garden fenced?\nBiscuit is curious.")
    name = "messages/ij90.webp"
    for stored in (name, small_name(name)):
        default_storage.save(stored, picture())
    MessagePhoto.objects.create(message=message, image=name, position=0)
    write(owner, sitter, sitter.user, "It is, all around.")
    return {"thread": message.thread.public_id, "message": message.pk}
