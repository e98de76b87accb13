"""Scene templates: each module in ``sets`` builds one set, as data and code."""
