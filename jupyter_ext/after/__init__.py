"""What can be done with a service once it is released: tried, called, watched, divided, priced, taken down."""
