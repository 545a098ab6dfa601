"""Django apps that know no union word: sign-in, lifecycle, audit, personal data, jobs, files, pages."""
