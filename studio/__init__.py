"""The shell: command line, HTTP, pages, services, database, settings, wiring."""
