"""Several classifiers heard together, each by its weight."""
