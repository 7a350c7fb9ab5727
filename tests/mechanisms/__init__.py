"""Each mechanism of the fast loop moves its indicator: the same worlds with the mechanism weak and strong."""
