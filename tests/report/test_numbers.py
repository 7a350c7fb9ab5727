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
