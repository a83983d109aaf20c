"""Networks: torch only, no files, no pictures, no command line."""
