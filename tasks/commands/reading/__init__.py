"""What commands that answer in words share: a change and files as a model reads them, and one question about them."""
