"""Order files: reading CSV and XLSX in bounded memory, mapping columns to fields, staging rows, assembling orders."""
