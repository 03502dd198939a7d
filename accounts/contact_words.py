"""Finds ways to be reached outside the site in a text: links, e-mail addresses, phone numbers.

Made for first messages to strangers and for reviews. It stops what is sent to a hundred sitters, not somebody who
spells an address out for one; that one has a person at the other end, and a report button.
"""

import re
import unicodedata

# Ends of addresses that are no words, and those that are: after "tomorrow." begins a sentence.
ENDS = (
    "com|net|org|info|biz|io|co|de|ch|eu|uk|fr|nl|pl|cz|es|pt|se|dk|fi|ie|ca|ru|cn|tk|ly|gg|tv|cc|"
    "app|dev|website|xyz|vip"
)
WORDS = (
    "at|it|me|is|no|to|us|be|in|so|my|am|as|shop|online|site|store|club|live|link|click|page|pro|top|"
    "pet|pets|dog"
)
LINK = re.compile(
    rf"""
    (?i:\w+://|\bwww\.)
    | (?i:[\w-]\.(?:{ENDS})(?![\w-]))
    | [\w-]\.(?:{WORDS})(?:/|\s*$|(?=[\s,;!?)]))
    | \S@\S+\.\w
    | (?i:[\[(]\s*(?:at|dot|punkt)\s*[\])])
    """,
    re.VERBOSE,
)
# Dates, times and spans of them, which are many digits too.
DATES = re.compile(
    r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})?|\d{1,2}[:.]\d{2})(?!\d)"
)
PHONE = re.compile(r"\d(?:[\s./()+-]{0,3}\d){6,}")
NO_WIDTH = re.compile("[\u200b-\u200d\u2060-\u2064\ufeff\xad]")


def has_contact(text: str) -> bool:
    """Whether somebody could be reached by what stands here, and not by the site alone."""
    text = unicodedata.normalize("NFKC", NO_WIDTH.sub("", text))
    return bool(LINK.search(text) or PHONE.search(DATES.sub(" – ", text)))
