#!/bin/sh
# Sends the recordings of a day to the archive. Runs on the laptop, never in the image.
. "$(dirname "$0")/.env"
echo "would send recordings/$1.wav with a key of ${#UPLOAD_KEY} characters"
