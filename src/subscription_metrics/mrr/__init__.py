"""From monthly amounts with dates to movements and the bridge: the core everything else stands on."""
