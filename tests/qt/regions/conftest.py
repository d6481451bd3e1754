"""A profile of the test's own."""

from __future__ import annotations
