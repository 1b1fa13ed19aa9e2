"""What is published beside an image: its manifest, its bill of materials, its licences."""
