"""Questions as data: a baseline, what is varied, what is predicted, and how many worlds decide."""
