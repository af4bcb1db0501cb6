"""The parts of the service: nothing in here needs editing. handler.py, beside this folder, does."""
