"""Between what is kept and what is sent."""
