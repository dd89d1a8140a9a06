"""From outside to spans: one module per kind of source."""
