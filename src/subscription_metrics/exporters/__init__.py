"""Tables out of this library: one function per format, all following one protocol."""

from __future__ import annotations

from subscription_metrics.exporters._csv import write_csv
from subscription_metrics.exporters._json import write_json
from subscription_metrics.exporters._protocol import Exporter
from subscription_metrics.exporters._quickbooks import write_quickbooks
from subscription_metrics.exporters._xero import split_for_xero, write_xero

__all__ = ["Exporter", "split_for_xero", "write_csv", "write_json", "write_quickbooks", "write_xero"]
