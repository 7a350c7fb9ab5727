"""One folder for each question, with what makes its numbers where that is more than data."""
