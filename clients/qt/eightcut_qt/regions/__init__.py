"""Versions of a file's results as they are shown, with what the person changes in them."""
