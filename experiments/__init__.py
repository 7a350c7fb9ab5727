"""One folder for each question, with the script that answers it."""
