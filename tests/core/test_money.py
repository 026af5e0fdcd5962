"""The one rounding of amounts."""

from decimal import Decimal, localcontext

import pytest

from core.money import rate_text, round_to, yuan, yuan_text


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("1.005", "1.01"),
        ("1.004999", "1.00"),
        ("-1.005", "-1.01"),
        ("0", "0.00"),
        ("+2600000", "2600000.00"),
        (20_000_000, "20000000.00"),
        (Decimal("0.125"), "0.13"),
        (Decimal("12E+3"), "12000.00"),
        ("99999999999999999999.995", "100000000000000000000.00"),
    ],
)
def test_an_amount_has_two_places_rounded_half_up(value, amount):
    assert str(yuan(value)) == amount


def test_the_quotas_of_the_source_documents():
    assert yuan(yuan("20000000.00") * Decimal("0.13")) == Decimal("2600000.00")
    assert yuan(yuan("10000.00") * Decimal("0.11")) == Decimal("1100.00")


def test_a_rounded_loss_of_nothing_is_not_a_negative_zero():
    assert str(yuan("-0.001")) == "0.00"


@pytest.mark.parametrize("value", [1.5, 0.0, float("nan"), True, None, b"1", [1]])
def test_a_float_and_whatever_else_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match=f"is a {type(value).__name__}, which cannot hold an amount"):
        yuan(value)


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1e9", "1_000", "1,000.00", "", " 1", "1.", ".5", "１２", "0x10", "一百", "1\n"]
)
def test_a_string_that_is_not_a_plain_number_is_refused(value):
    with pytest.raises(ValueError, match="is not a number; write digits"):
        yuan(value)


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="is not an amount"):
        yuan(Decimal(value))


@pytest.mark.parametrize("value", ["1" * 41, 10**50, Decimal("1E+400")])
def test_an_amount_beyond_all_measure_is_refused(value):
    with pytest.raises(ValueError, match="more than 40 digits"):
        yuan(value)


def test_the_context_of_the_thread_changes_no_amount():
    with localcontext() as context:
        context.prec = 3
        assert str(yuan("12345678.905")) == "12345678.91"
        assert yuan_text(Decimal("12345678.905")) == "12,345,678.91"
        assert rate_text(Decimal("0.123456")) == "12.3456%"


@pytest.mark.parametrize(
    ("value", "to", "mode", "result"),
    [
        ("0.000958904", "0.00001", "half_up", "0.00096"),
        ("1234567.01", "10000", "up", "1240000"),
        ("1234567.01", "10000", "down", "1230000"),
        ("1234.5", "1", "half_up", "1235"),
        ("-1234.1", "1", "up", "-1235"),
        ("-1234.9", "1", "down", "-1234"),
        ("0.001", "0.01", "up", "0.01"),
        ("4999", "1E+4", "half_up", "0"),
    ],
)
def test_a_rule_writes_its_own_rounding(value, to, mode, result):
    assert str(round_to(value, Decimal(to), mode)) == result


@pytest.mark.parametrize("to", ["0.05", "0", "-0.01", "NaN", "Infinity", "3"])
def test_a_step_that_is_no_power_of_ten_is_refused(to):
    with pytest.raises(ValueError, match="write a power of ten"):
        round_to(1, Decimal(to), "up")


def test_an_amount_in_a_sentence_is_grouped():
    assert yuan_text(Decimal("2600000")) == "2,600,000.00"
    assert yuan_text(Decimal("-0.5")) == "-0.50"


@pytest.mark.parametrize(
    ("rate", "text"),
    [("0.015", "1.5%"), ("0.13", "13%"), ("0.1300", "13%"), ("1", "100%"), ("0", "0%"), ("0.00096", "0.096%")],
)
def test_a_rate_in_a_sentence_is_exact_and_has_no_trailing_zeros(rate, text):
    assert rate_text(Decimal(rate)) == text
