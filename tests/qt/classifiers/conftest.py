"""An empty profile of the test's own."""
