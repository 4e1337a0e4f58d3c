"""Pushes a table of spectra into a running daemon as Arrow batches.

    python3 push.py http://127.0.0.1:5190 wheat spectra.csv         # needs pyarrow: id, one column per wavelength, references
    python3 push.py http://127.0.0.1:5190 wheat spectra.arrows      # an Arrow stream that is there already; no package needed

TOKEN: the file of the token, where the daemon asks for one.
"""
import http.client
import io
import json
import os
import sys
import time
import urllib.parse
import uuid

ROWS = 500


def pieces_of_table(path):
    """The Arrow stream of a CSV table, piece by piece, as it is made."""
    import pyarrow as pa
    import pyarrow.csv

    table = pyarrow.csv.read_csv(path)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=ROWS):
            writer.write_batch(batch)
            yield sink.getvalue()
            sink.seek(0)
            sink.truncate()
    yield sink.getvalue()


def pieces_of_stream(path):
    """A file that holds an Arrow stream, piece by piece."""
    with open(path, "rb") as stream:
        while piece := stream.read(1 << 16):
            yield piece


def push(url, dataset, pieces, key):
    """Sends the stream once; yields what the daemon says of each batch, at last the problem if there is one."""
    place = urllib.parse.urlsplit(url)
    connect = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    headers = {
        "Content-Type": "application/vnd.apache.arrow.stream",
        "Accept": "application/x-ndjson",
        "Idempotency-Key": key,
        "Transfer-Encoding": "chunked",
    }
    if "TOKEN" in os.environ:
        with open(os.environ["TOKEN"], encoding="ascii") as file:
            headers["Authorization"] = "Bearer " + file.read().strip()
    connection = connect(place.netloc, timeout=300)
    try:
        connection.request("POST", f"/v1/datasets/{dataset}/batches", body=pieces, headers=headers, encode_chunked=True)
    except (BrokenPipeError, ConnectionResetError):
        pass  # What is refused is not read to its end; the answer says why.
    answer = connection.getresponse()
    if answer.status in (429, 503):
        raise BlockingIOError(float(answer.headers.get("Retry-After", 5)))
    if answer.status != 200:
        yield {"problem": json.loads(answer.read())}
        return
    for line in answer:
        yield json.loads(line)


def main(url, dataset, path):
    pieces = pieces_of_table if path.endswith(".csv") else pieces_of_stream
    key = str(uuid.uuid4())
    for _ in range(10):
        try:
            for said in push(url, dataset, pieces(path), key):
                print(json.dumps(said))
                if "problem" in said:
                    return 1
            return 0
        except BlockingIOError as busy:
            time.sleep(busy.args[0])
    print("The daemon was busy ten times.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
