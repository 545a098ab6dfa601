"""The report card: indicators, cells, drill-down. Writes only its own tables."""
