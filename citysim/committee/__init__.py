"""The slow loop: a committee and its agents review the log week by week and change the policy for the weeks to come."""
