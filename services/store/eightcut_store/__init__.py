"""8-cut Store: profiles, clips, hard negatives, classifiers, scans."""

__version__ = "0.1.0"
