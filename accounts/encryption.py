"""Text that the database holds encrypted (Fernet: AES-128-CBC and HMAC-SHA256, with FIELD_KEYS)."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import models


class Unreadable(Exception):
    """The key that this text was encrypted with is not among FIELD_KEYS."""


def cipher() -> MultiFernet:
    return _cipher(tuple(settings.FIELD_KEYS))


@lru_cache(maxsize=8)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """With the first key; the empty text stays empty, so that it can be asked for."""
    return cipher().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """Raise Unreadable if no key fits, or if the token was changed."""
    if not token:
        return ""
    try:
        return cipher().decrypt(token).decode()
    except InvalidToken:
        raise Unreadable from None


class EncryptedTextField(models.TextField):
    """Plain in Python, encrypted in its column. Cannot be searched, and is in no admin form.

    Each encryption of a text differs, so a filter on it finds nothing. Put it into a table of its
    own: it is then only decrypted where somebody asks for it.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{**kwargs, "editable": False})

    def get_prep_value(self, value):
        return encrypt(super().get_prep_value(value) or "")

    def from_db_value(self, value, expression, connection):
        return decrypt(value or "")


def rotate(report: Callable[[Iterable, str], Iterable]) -> dict[str, int]:
    """Encrypt every such column with the first key; return how many rows of each by its label.

    `report(rows, label)` shows progress. A row that is edited meanwhile is left as it is: it was
    just encrypted anyway. Raise Unreadable for a row whose key is missing; nothing of it is lost.
    """
    return {
        f"{model._meta.label}.{field.name}": sum(
            _rotate_row(model, field, pk, token)
            for pk, token in report(_tokens(model, field), str(field.verbose_name))
        )
        for model, field in _columns()
    }


def _columns() -> Iterator[tuple[type[models.Model], EncryptedTextField]]:
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field


def _with_token(model: type[models.Model], field: EncryptedTextField) -> models.QuerySet:
    """Rows with what really stands in the column as `token`."""
    token = models.ExpressionWrapper(models.F(field.name), output_field=models.TextField())
    return model._base_manager.annotate(token=token)


def _tokens(model, field) -> list[tuple]:
    rows = _with_token(model, field).exclude(token="").order_by("pk")
    return list(rows.values_list("pk", "token"))


def _rotate_row(model, field: EncryptedTextField, pk, token: str) -> int:
    try:
        fresh = cipher().rotate(token).decode()
    except InvalidToken:
        raise Unreadable(f"{model._meta.label} {pk}") from None
    unchanged = _with_token(model, field).filter(pk=pk, token=token)
    return unchanged.update(**{field.name: models.Value(fresh, output_field=models.TextField())})
