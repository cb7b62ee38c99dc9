"""emotion2vec for voxaffect: embeddings and nine emotions, on one architecture and any tensor engine."""
