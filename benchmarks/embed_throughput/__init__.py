"""How fast windows are embedded: our engine, our service, and the ancestor's loop in the same run."""
