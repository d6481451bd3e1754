"""Cutting: one stretch of media to one file, by ffmpeg."""
