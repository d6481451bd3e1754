"""Networks with weights. Importing torch takes seconds: only what runs networks does it, and only when one is used."""
