"""The tree of unions with dated spans, employers, appointments, roles and their excluded pairs."""
