"""The playlist: which files one works on, in tabs."""
