"""Training runs: who runs them, what happens in one, how they are watched."""
