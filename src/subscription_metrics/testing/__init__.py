"""Contract suites for those who extend this library; nothing in it depends on them."""
