"""From examples and tracks to a classifier: pure functions of arrays, without gRPC or storage."""
