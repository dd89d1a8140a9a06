"""Tables out of this library: one function per format, all following one protocol."""

from __future__ import annotations

from subscription_metrics.exporters._csv import write_csv
from subscription_metrics.exporters._json import write_json
from subscription_metrics.exporters._protocol import Exporter

__all__ = ["Exporter", "write_csv", "write_json"]
