"""DALEC: carbon pools and fluxes of an ecosystem, from a big-leaf photosynthesis to soil organic matter."""
