"""Measuring: masks, metrics, rivals and reports; the pipelines are used as a user would use them."""
