"""Train a linear classifier on any extractor's features, keep it in a folder, and load it from there."""
