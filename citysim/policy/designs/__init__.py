"""The coordination designs of the catalog: what they share, and one file for each sentence."""
