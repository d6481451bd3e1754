"""Judging regions one after the other: each is played, and one key says right or wrong."""
