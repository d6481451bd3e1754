"""Figures of speed, memory and quality, each with a reference in the same run."""
