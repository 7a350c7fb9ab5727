"""The member departments of the committee, in the order in which they joined; what each is.

The article names eleven members and the bureau that hosts the office, and says that there are 32. The other 20 are a
guess [asm] by modelling need; nothing here says who really sits on the committee. Providers (gas, water, …) are no
members.
"""

from dataclasses import dataclass

OPERATIONAL, REGULATORY, GOVERNANCE = "operational", "regulatory", "governance"
HOST = "CGJ"
"""The department that hosts the committee's office: the urban management bureau (article)."""


@dataclass(frozen=True)
class Member:
    """A member department.

    Args:
        kind: operational: line departments, most with crews of their own; regulatory: those that license and inspect a
            trade, called as a support if at all. Both answer requests and may oversee providers (OVERSEEN). Governance
            ones answer none; authority acts by them.
        named: whether the article names it; else it is a guess [asm].
    """

    code: str
    zh: str
    kind: str
    named: bool = False


ROLL = (
    Member("CGJ", "市城市管理局", OPERATIONAL, named=True),
    Member("GAJ", "市公安局", OPERATIONAL, named=True),
    Member("ZJW", "市住房城乡建委", OPERATIONAL, named=True),
    Member("GHJ", "市规划和自然资源局", OPERATIONAL, named=True),
    Member("FGW", "市发展改革委", GOVERNANCE, named=True),
    Member("SFJ", "市司法局", OPERATIONAL, named=True),
    Member("DWB", "市委办公厅", GOVERNANCE, named=True),
    Member("ZFB", "市政府办公厅", GOVERNANCE, named=True),
    Member("ZZB", "市委组织部", GOVERNANCE, named=True),
    Member("XCB", "市委宣传部", GOVERNANCE, named=True),
    Member("RDH", "市人大环资委", GOVERNANCE, named=True),
    Member("ZXH", "市政协人资环建委", GOVERNANCE, named=True),
    Member("YJJ", "市应急局", OPERATIONAL),
    Member("XFJ", "市消防救援总队", OPERATIONAL),
    Member("STJ", "市生态环境局", OPERATIONAL),
    Member("JTW", "市交通运输委", OPERATIONAL),
    Member("SLJ", "市水利局", OPERATIONAL),
    Member("JXW", "市经济信息委", REGULATORY),
    Member("SJJ", "市大数据发展局", REGULATORY),
    Member("WJW", "市卫生健康委", OPERATIONAL),
    Member("JYW", "市教委", OPERATIONAL),
    Member("NYW", "市农业农村委", OPERATIONAL),
    Member("SCJ", "市市场监管局", REGULATORY),
    Member("WLW", "市文化旅游委", REGULATORY),
    Member("SWW", "市商务委", REGULATORY),
    Member("CZJ", "市财政局", GOVERNANCE),
    Member("MZJ", "市民政局", REGULATORY),
    Member("RSJ", "市人力社保局", GOVERNANCE),
    Member("GZW", "市国资委", REGULATORY),
    Member("LYJ", "市林业局", OPERATIONAL),
    Member("SGB", "市委社会工作部", GOVERNANCE),
    Member("XFB", "市信访办", GOVERNANCE),
)
OVERSEEN = {
    "CGJ": ("U_WATER", "U_SANI", "U_PARK", "U_BIKE"),
    "ZJW": ("U_DRAIN", "U_PROP"),
    "JTW": ("U_METRO",),
    "JXW": ("U_GAS", "U_POWER", "U_TEL"),
}
"""Providers that a member oversees, and through whom the committee reaches them. Water supply, parking and sanitation
(R28, R12, R30), drains (R27) and gas (R08, R14) as in brief 2.3 under "who leads"; the others are [asm]. Regulatory
members that are not named here oversee none of the providers that there are."""
HEARING = ("RDH", "ZXH", "XCB", "SGB", "XFB")
"""Governance members who hear from the public what does not work: people's congress, political consultative conference,
publicity, social work, petitions [asm]. The others are offices, personnel and money."""
