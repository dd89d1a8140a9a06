"""Facts: what happened. Immutable, dated, with the day they became known, free of opinion."""
