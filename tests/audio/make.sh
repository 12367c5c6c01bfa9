#!/bin/sh
# Makes the clips of this folder. Needs espeak-ng, sox and lame; the clips are committed, so nobody has to run it.
set -eu
cd "$(dirname "$0")"
spoken=$(mktemp -d)
trap 'rm -rf "$spoken"' EXIT

# say <name> <voice> <words per minute> <pad effects> <text>: what a telephone leaves of a voice, 8 kHz 16-bit mono.
say() {
    espeak-ng -v "$2" -s "$3" -w "$spoken/spoken.wav" "$5"
    # shellcheck disable=SC2086
    sox "$spoken/spoken.wav" -r 8000 -b 16 -c 1 "$spoken/$1.wav" \
        gain -6 highpass 300 lowpass 3400 silence 1 0.01 0.1% gain -n -4 pad $4
}

# mp3 <name> <kbit/s> <m|s>: constant bit rate, no tag, no Xing frame, no bit reservoir: any two frames may follow each other.
mp3() {
    sox "$1.wav" -r 22050 -t wav - | lame --quiet --nores --cbr -b "$2" -m "$3" -t --noreplaygain - "$1.mp3"
}

say caller en-us 165 "0 0.15" "Hello, this is Maria from Oak Street. The boiler went out again and the kitchen is cold."
say dispatcher en-gb+f3 165 "0 0.15" "Thank you for calling. I have opened a job, and a technician will be with you at four."
say technician en-gb 160 "0 0.15" "I am at the door now. The valve is leaking, so I will fit a new one today."
for clip in caller dispatcher technician; do
    cp "$spoken/$clip.wav" . && mp3 "$clip" 32 m
done

say question en-us 165 "0 3" "Is somebody on the way to us?"
say answer en-gb+f3 165 "2 0.5" "Yes, he will be with you at four o'clock. Goodbye."
sox -M "$spoken/question.wav" "$spoken/answer.wav" conversation.wav trim 0 5.5
mp3 conversation 64 s
