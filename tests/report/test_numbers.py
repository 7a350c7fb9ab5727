"""Are numbers written as people read them?"""

import pytest

from citysim.report.numbers import scale_for
from citysim.words import load_words

EN = load_words("en")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.7432, "share", "74.3%"),
        (0.00049, "share", "0.049%"),
        (17.83, "h", "17.8 h"),
        (0.217, "h", "13.0 min"),
        (8123.4, "cases", "8,123 cases"),
        (1.234e8, "yuan per week", "123 million yuan per week"),
        (0.0, "h", "0 h"),
        (float("nan"), "h", "– h"),
    ],
)
def test_three_digits_and_a_unit(value: float, unit: str, text: str) -> None:
    assert scale_for([value], unit).with_unit(value, EN) == text


def test_one_scale_for_a_row_and_signs_for_differences() -> None:
    scale = scale_for([17.83, 5.21], "h")

    assert scale.interval(-12.62, -13.0, -12.2, signed=True) == "−12.6 [−13.0, −12.2]"
    assert scale.interval(12.62, float("nan"), float("nan"), signed=True) == "+12.6"
    assert scale.text(-0.001, signed=True) == "0.0"


def test_a_difference_that_is_clearly_not_zero_does_not_read_as_zero() -> None:
    scale = scale_for([10.41, 10.42], "h")

    assert scale.finer(0.004, 0.016).interval(0.01, 0.004, 0.016, signed=True) == "+0.010 [+0.004, +0.016]"
    assert scale.finer(-0.016, 0.004) == scale, "not clear of zero"
    assert scale.finer(0.2, 0.3) == scale, "seen as it is"
    assert scale.finer(1e-12, 2e-12).decimals == scale.decimals + 4
    assert scale.finer(float("nan"), float("nan")) == scale
