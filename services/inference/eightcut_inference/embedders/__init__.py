"""Embedders: frozen networks and feature extractors that turn windows of audio into vectors."""
