"""The fit in a process of its own: what is handed over, and what comes back."""
