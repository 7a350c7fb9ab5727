"""What any policy is tried against: the city, its weather and one drawn history of incidents."""
