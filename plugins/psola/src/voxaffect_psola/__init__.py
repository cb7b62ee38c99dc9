"""Prosody applied to speech that is there already; what other renderers of audio can share is here too."""
