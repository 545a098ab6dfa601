"""Who must act next and by when: items, deputies, absences, the working calendar."""
