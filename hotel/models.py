"""Table of contents of this floor's models: none yet; the front desk is built next."""
