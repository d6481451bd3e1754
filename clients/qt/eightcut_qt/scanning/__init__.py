"""Scanning files with a classifier: one, or all, in a queue that can be stopped and goes on."""
