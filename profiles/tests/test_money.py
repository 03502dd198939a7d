import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template

from profiles.forms.fields import MoneyField, PercentField
from profiles.money import amount, percent, plain_amount, short_amount


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (32025, "€320.25"),
        (0, "€0.00"),
        (5, "€0.05"),
        (123456789, "€1,234,567.89"),
        (-550, "−€5.50"),
    ],
)
def test_amount_has_a_sign_and_two_digits(cents, text):
    assert amount(cents, "EUR") == text


def test_columns_have_no_sign():
    assert plain_amount(32025, "EUR") == "320.25"
    assert plain_amount(-1, "EUR") == "−0.01"


def test_from_prices_drop_empty_cents():
    assert short_amount(3800, "EUR") == "€38"
    assert short_amount(3850, "EUR") == "€38.50"


def test_currency_of_the_installation_is_used(settings):
    settings.CURRENCY = "GBP"
    assert amount(100) == "£1.00"


def test_currencies_without_cents_and_without_a_sign():
    assert amount(1500, "JPY") == "JPY\u00a01,500"
    assert amount(1500, "PLN") == "PLN\u00a015.00"


@pytest.mark.parametrize(("bps", "text"), [(500, "5"), (1250, "12.5"), (5, "0.05"), (1000, "10")])
def test_basis_points_become_percent(bps, text):
    assert percent(bps) == f"{text}\u00a0%"


def test_filters_leave_an_empty_amount_empty():
    page = Template("{% load money %}[{{ none|money }}][{{ cents|money_plain }}]")
    assert page.render(Context({"none": None, "cents": 100})) == "[][1.00]"


@pytest.mark.parametrize("field", [MoneyField(), PercentField()])
@pytest.mark.parametrize("typed", ["9e999999", "-9e999999", "1e-999999", "sNaN", "Infinity"])
def test_numbers_beyond_all_bounds_get_a_sentence(field, typed):
    with pytest.raises(ValidationError):
        field.clean(typed)
