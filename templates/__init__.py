"""The sources of everything Sendoff generates: shipped as data, read by `wizard.bundle`."""
