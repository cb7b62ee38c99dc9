"""Acoustic features of emotional speech, and a transparent rule classifier, in numpy."""
