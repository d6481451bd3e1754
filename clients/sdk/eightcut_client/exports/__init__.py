"""Clips as files: numbers, names, dataset.json, and everything that moves or deletes them, safe against a kill at any moment."""
