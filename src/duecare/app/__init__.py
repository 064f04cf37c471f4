"""The doors: settings, the batch run, the command line, the report."""
