"""How sure a number from replications is: intervals, paired and joint comparison, warm-up, and when to stop."""
