"""What runs a revision here."""
