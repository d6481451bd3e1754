"""The services: where they are, whether they answer, and which profile is worked in."""
