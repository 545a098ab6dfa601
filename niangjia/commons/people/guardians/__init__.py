"""Who may act for a child or for an adult under guardianship: applied for with a paper, approved by the union."""
