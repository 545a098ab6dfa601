"""Who the workers are: the person, the household and the family, and the membership that goes through a life.

One human being is one person, and one person has at most one current membership. A member sees only oneself; officers
see those who stand at their union or below it; an employer's management sees nobody.
"""
