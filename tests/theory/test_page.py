"""The verification page is made of the claims: every model is on it, and on it once."""

from tests.theory.verify import PAGE, gather


def test_every_claim_is_on_the_verification_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    missing = [claim.model for claim in gather() if f"| {claim.model}{' (slow)' if claim.slow else ''} |" not in text]
    assert not missing, f"run `python -m tests.theory.verify`; not on the page: {missing}"
    for claim in gather():
        for quantity in claim.strong:
            assert f"| {quantity} |" in text


def test_the_names_of_claims_are_sentences_and_differ() -> None:
    names = [claim.name for claim in gather()]
    assert len(set(names)) == len(names)
    assert all(name.startswith("test_") and name.count("_") >= 4 for name in names)
