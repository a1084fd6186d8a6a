"""How documents reach warehouses: one module per kind of warehouse system."""
