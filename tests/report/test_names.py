"""Is everything called by one name, and by its own?"""

from citysim.report.names import design_name, group_name, indicator_name
from citysim.words import load_words

EN, ZH = load_words("en"), load_words("zh")
MANIFEST = {
    "scenario": {
        "districts": {"yuzhong": {"en": "Yuzhong", "zh": "渝中区"}},
        "departments": {"CGJ": {"en": "urban management", "zh": "城市管理局"}},
    },
    "designs": [
        {"name": "fragmented", "title": {"en": "fragmented", "zh": "各自为政"}},
        {"name": "my_own", "title": {}},
        {"name": "left", "title": {"en": "the same"}},
        {"name": "right", "title": {"en": "the same"}},
    ],
}


def test_a_design_has_its_title_unless_that_is_missing_or_shared() -> None:
    assert design_name("fragmented", MANIFEST, ZH) == "各自为政"
    assert design_name("my_own", MANIFEST, ZH) == "my own"
    assert [design_name(name, MANIFEST, EN) for name in ("left", "right")] == ["left", "right"]


def test_districts_and_departments_are_named_by_the_scenario() -> None:
    assert group_name("district", "yuzhong", MANIFEST, ZH) == "渝中区"
    assert group_name("family", "crew:CGJ", MANIFEST, EN) == "urban management"
    assert group_name("family", "crew:XYZ", MANIFEST, EN) == "XYZ"
    assert group_name("risk_grade", "red", MANIFEST, ZH) == "红"


def test_a_statistic_is_named_beside_its_duration() -> None:
    assert indicator_name("report_to_close_so_far_p90", EN) == "report to close (P90)"
    assert indicator_name("report_to_close_so_far_mean", ZH) == "报告到结案（均值）"
