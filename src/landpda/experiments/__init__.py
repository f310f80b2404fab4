"""How studies are composed: what is asked of which data, answered how, and judged on what."""
