"""Products in rooms with exact alpha and true colours: what cutouts are measured against."""
