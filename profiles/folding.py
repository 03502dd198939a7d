"""One spelling for names that people type differently: "Köln", "koln" and "KÖLN" are "koln"."""

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
        "'": None, "’": None, "‘": None, "ʻ": None, "ʼ": None, "`": None,
    }
)  # fmt: skip
_SAINT = re.compile(r"\b(?:st|sankt)\.?[ -]+(?=\w)")
_OTHER = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Lower case, no accents, single spaces; "St." and "Sankt" before a name become "saint".

    Only a–z and digits remain, which sort alike in every database.
    """
    text = text.lower().translate(_LETTERS)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = _SAINT.sub("saint ", text)
    return _OTHER.sub(" ", text).strip()
