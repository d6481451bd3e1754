"""Clips as files: what they are made into, the queue that cuts them, what lies on the disk."""
