"""What a review is made of before it is said: findings, their places, what became of them. No forge, no SQL."""
