"""Prosody applied to speech that is there already. The renderer's module imports librosa; this does not."""
