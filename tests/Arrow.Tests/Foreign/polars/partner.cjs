// The npm package nodejs-polars, as PolarsPartnerTests.cs uses it: `write FOLDER` makes the frames of frames.cjs there,
// each in every way; `copy FOLDER` reads all files of a folder, writes what it read beside them in every way and
// prints, file by file, what it holds.
const fs = require('node:fs');
const path = require('node:path');
const pl = require('nodejs-polars').default;

const codecs = ['uncompressed', 'lz4', 'zstd'];

function save(folder, name, frame) {
  for (const compression of codecs) {
    fs.writeFileSync(path.join(folder, `${name}.${compression}.arrow`), frame.writeIPC({ compression }));
    fs.writeFileSync(path.join(folder, `${name}.${compression}.stream`), frame.writeIPCStream({ compression }));
  }
}

function write(folder) {
  for (const [name, frame] of Object.entries(require('./frames.cjs').frames)) {
    save(folder, name, frame);
  }
}

// Its JavaScript has no words for some of its types, as for half precision and bytes.
function variant(series) {
  try {
    return series.dtype.variant;
  } catch {
    return 'unknown';
  }
}

// Sums of what it can sum, as its own kernels see them; those want one piece per column.
function sums(pieces) {
  const frame = pieces.rechunk();
  const numbers = frame.columns.filter(name => /Float|Int/.test(variant(frame.getColumn(name))));
  return Object.fromEntries(numbers.map(name => [name, frame.getColumn(name).sum()]));
}

function copyFile(folder, name) {
  try {
    const bytes = fs.readFileSync(path.join(folder, name));
    const frame = name.endsWith('.arrow') ? pl.readIPC(bytes) : pl.readIPCStream(bytes);
    save(folder, `${name}.copy`, frame);
    return { rows: frame.height, sums: sums(frame) };
  } catch (error) {
    return { error: String(error.message) };
  }
}

function copy(folder) {
  const files = fs.readdirSync(folder).map(name => [name, copyFile(folder, name)]);
  process.stdout.write(JSON.stringify(Object.fromEntries(files), (_, value) => typeof value === 'bigint' ? String(value) : value));
}

const [command, argument] = process.argv.slice(2);
({ write, copy })[command](argument);
