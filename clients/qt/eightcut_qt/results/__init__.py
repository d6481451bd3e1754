"""The panel of scan results: versions of a file's results, their regions, and what changed between two of them."""
