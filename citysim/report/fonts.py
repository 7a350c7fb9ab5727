"""A Chinese font for figures and pages, if one is installed (the `report` extra); only the glyphs used are embedded."""

import base64
import io
from functools import cache
from pathlib import Path

LICENCE = "Noto Sans SC, SIL Open Font License 1.1"


@cache
def chinese_font() -> Path | None:
    """The font file that comes with the `report` extra, or None without it."""
    try:
        import pylopdf_fonts_zh_cn
        from fontTools import subset  # noqa: F401 - both are needed or neither is of use
    except ImportError:
        return None
    return Path(pylopdf_fonts_zh_cn.sans_path())


def embedded_font(text: str) -> str:
    """The glyphs of a text as a woff2 font in base64; `""` if no font or no woff2 compression is installed."""
    path = chinese_font()
    if path is None:
        return ""
    from fontTools import subset

    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = []
    options.name_IDs = []
    options.notdef_outline = True
    try:
        font = subset.load_font(str(path), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(text="".join(sorted(set(text))))
        subsetter.subset(font)
        out = io.BytesIO()
        subset.save_font(font, out, options)
    except ImportError:  # brotli, which compresses woff2, is a package of its own
        return ""
    return base64.b64encode(out.getvalue()).decode("ascii")
