"""Names of countries in English, from profiles/data/countries.tsv (source: GeoNames, CC BY 4.0)."""

from functools import cache
from pathlib import Path

PATH = Path(__file__).parent / "data" / "countries.tsv"


@cache
def countries() -> dict[str, str]:
    """ISO 3166 code of two letters to name."""
    lines = PATH.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def country_name(code: str) -> str:
    """The code itself where the name is not known."""
    return countries().get(code, code)
