"""Somebody else's distribution: a classifier on our features, and a renderer of stage directions."""
