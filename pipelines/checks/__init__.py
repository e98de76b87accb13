"""What is measured on a finished image: each returns checks with value, limit, and fix."""
