"""公告栏: a room from elsewhere, as small as one can be. It knows the house only by its contract."""
