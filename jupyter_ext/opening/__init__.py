"""From what a person gives (a live model, a path, a plan, nothing) to a way through the wizard."""
