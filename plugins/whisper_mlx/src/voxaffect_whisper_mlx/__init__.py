"""Whisper's encoder for voxaffect: embeddings of speech, and a small emotion model that works offline."""
