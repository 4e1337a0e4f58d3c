// Makes spectra in Node and pushes them into a running daemon, batch by batch, with the npm package apache-arrow.
//   node push.mjs http://127.0.0.1:5190 wheat [batches] [rows]
// TOKEN: the file of the token, where the daemon asks for one.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";

const { Field, Float64, RecordBatch, RecordBatchStreamWriter, Schema, Struct, Utf8, makeData, vectorFromArray } =
  createRequire(import.meta.url)("apache-arrow");

const [url, dataset, batches = "4", rows = "25"] = process.argv.slice(2);
const headers = process.env.TOKEN ? { Authorization: `Bearer ${readFileSync(process.env.TOKEN, "utf8").trim()}` } : {};

// One text column of sample ids, one column of numbers for each wavelength in nm, and the reference value where it is known.
const wavelengths = Array.from({ length: 60 }, (_, i) => 1100 + 20 * i);
const schema = new Schema([
  new Field("id", new Utf8(), false),
  ...wavelengths.map(nm => new Field(String(nm), new Float64(), false)),
  new Field("protein", new Float64(), true),
]);

function batch(number) {
  const ids = [], spectra = wavelengths.map(() => []), protein = [];
  for (let row = 0; row < Number(rows); row++) {
    const sample = number * Number(rows) + row;
    const content = 9 + 6 * ((sample * 0.6180339887) % 1);
    ids.push(`push-${String(sample).padStart(5, "0")}`);
    protein.push(sample % 3 === 0 ? null : content);
    wavelengths.forEach((nm, i) => spectra[i].push(0.4 + 0.001 * content * Math.exp(-(((nm - 1690) / 60) ** 2)) * 40 + 0.05 * Math.sin(sample + nm / 300)));
  }
  const columns = [vectorFromArray(ids, new Utf8()), ...spectra.map(values => vectorFromArray(values, new Float64())), vectorFromArray(protein, new Float64())];
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: ids.length, nullCount: 0, children: columns.map(column => column.data[0]) }));
}

async function* stream() {
  const writer = new RecordBatchStreamWriter();
  const pieces = writer[Symbol.asyncIterator]();
  writer.reset(undefined, schema);
  (async () => {
    for (let number = 0; number < Number(batches); number++) writer.write(batch(number));
    writer.finish();
  })();
  for await (const piece of pieces) yield piece;
}

// The same key and the same bytes may be sent again: what has been acknowledged is not taken twice.
const key = randomUUID();
for (let attempt = 0; ; attempt++) {
  const answer = await fetch(`${url}/v1/datasets/${dataset}/batches`, {
    method: "POST",
    duplex: "half",
    body: ReadableStream.from(stream()),
    headers: { ...headers, "Content-Type": "application/vnd.apache.arrow.stream", "Idempotency-Key": key },
  });
  const text = await answer.text();
  const mayAgain = answer.status === 429 || answer.status === 503;
  if (mayAgain && attempt < 10) {
    await new Promise(done => setTimeout(done, 1000 * Number(answer.headers.get("Retry-After") ?? 5)));
    continue;
  }
  console.log(text);
  process.exit(answer.ok ? 0 : 1);
}
