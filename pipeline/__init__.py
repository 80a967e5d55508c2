"""medreview: an offline, reproducible medication review of everyone in a nursing home."""

__version__ = "0.1.0"
