"""What the server and the reference share."""
