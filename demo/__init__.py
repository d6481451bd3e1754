"""The demo: sounds and videos of its own, and the whole loop on them through the real command line."""
