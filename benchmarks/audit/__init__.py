"""Quotations marked by reading: who said them, and when."""
