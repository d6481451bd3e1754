"""What all parts of the window share: records, the bus, tasks, operations, actions, settings."""
