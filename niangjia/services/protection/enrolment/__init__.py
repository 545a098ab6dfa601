"""Getting into a plan of mutual-aid protection (参保): by a file, by a rule, at a counter, by oneself, again in time.

The same few rules judge all ways; a file of three hundred thousand is judged row by row like one person at a counter.
"""
