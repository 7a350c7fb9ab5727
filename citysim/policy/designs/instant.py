"""The yardstick of preventable loss: every case is safe and solved the moment it is reported."""

from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow


def instant_response() -> Policy:
    """No design: nobody is needed and nothing takes time, so what is lost under it no response could have saved."""
    sentence = (
        Workflow().mark("filed").mark("graded").mark("dispatched").mark("arrived").mark("assembled")
        .mark("safe").mark("fixed").mark("rooted").mark("verified").close()
    )  # fmt: skip
    return Policy(
        "instant_response",
        sentence,
        Staffing(()),
        title=(("en", "instant response"), ("zh", "即时响应")),
    )
