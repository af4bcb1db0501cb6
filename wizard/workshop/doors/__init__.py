"""One module for each API the local Cloud Run speaks."""
