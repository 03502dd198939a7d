"""Cells of CSV files, which people open in spreadsheets."""

# A cell that begins like this is worked out as a formula, which may send other cells elsewhere.
# Source: https://owasp.org/www-community/attacks/CSV_Injection, read in November 2026.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: object) -> str:
    """The value as text that no spreadsheet calculates; numbers stay numbers, nothing stays empty."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
