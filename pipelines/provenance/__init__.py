"""What a file says of its own origin: IPTC source type, the Chinese AIGC label, C2PA manifests."""
