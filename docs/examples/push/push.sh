#!/bin/sh
# Pushes an Arrow stream of spectra, and a table of reference values, into a running daemon; then asks for a run.
#   sh push.sh http://127.0.0.1:5190 wheat spectra.arrows references.csv [protein]
# TOKEN: the file of the token, where the daemon asks for one. The same bytes may be sent again at any time.
set -eu
url=$1 dataset=$2 spectra=$3 references=$4 study=${5:-}
ask() {
    if [ -n "${TOKEN:-}" ]; then set -- -H "Authorization: Bearer $(cat "$TOKEN")" "$@"; fi
    curl --fail-with-body --silent --show-error --retry 10 --retry-max-time 300 "$@"
    echo
}

# Read from the file piece by piece (-T); acknowledged in one answer, for a refusal is a status then and ends this script.
# "Accept: application/x-ndjson" would say of each batch at once that it is safe, and of a refusal in its last line.
ask -X POST -T "$spectra" -H 'Content-Type: application/vnd.apache.arrow.stream' "$url/v1/datasets/$dataset/batches"
ask -X POST -T "$references" "$url/v1/datasets/$dataset/sources?name=$(basename "$references" | sed 's/ /%20/g')"
if [ -n "$study" ]; then ask -X POST "$url/v1/studies/$study/runs"; fi
ask "$url/v1/datasets/$dataset"
