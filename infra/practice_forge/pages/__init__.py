"""What a person sees in the browser: plain pages, made on the server, without scripts."""
