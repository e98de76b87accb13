"""Pages made from the services' values."""
