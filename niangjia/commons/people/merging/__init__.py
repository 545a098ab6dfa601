"""Two entries of one human being become one, by two people of staff, and can be taken apart again for a while."""
