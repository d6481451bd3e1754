"""What the Store does, one module a subject: plain functions of a session, without gRPC."""
