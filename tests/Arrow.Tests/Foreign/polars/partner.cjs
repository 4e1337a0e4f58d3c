// The npm package nodejs-polars, as PolarsPartnerTests.cs uses it: `write FOLDER` makes the frames of frames.cjs there,
// each in every way; `copy FOLDER` reads all files of a folder, writes what it read beside them and prints, file by file,
// what it holds.
const fs = require('node:fs');
const path = require('node:path');
const pl = require('nodejs-polars').default;

function write(folder) {
  for (const [name, frame] of Object.entries(require('./frames.cjs').frames)) {
    for (const compression of ['uncompressed', 'lz4', 'zstd']) {
      fs.writeFileSync(path.join(folder, `${name}.${compression}.arrow`), frame.writeIPC({ compression }));
      fs.writeFileSync(path.join(folder, `${name}.${compression}.stream`), frame.writeIPCStream({ compression }));
    }
  }
}

function copyFile(folder, name) {
  try {
    const bytes = fs.readFileSync(path.join(folder, name));
    const frame = name.endsWith('.arrow') ? pl.readIPC(bytes) : pl.readIPCStream(bytes);
    fs.writeFileSync(path.join(folder, `${name}.copy.arrow`), frame.writeIPC({ compression: 'uncompressed' }));
    // Sums of spectra as its own kernels see them; other columns have none, or too large ones.
    return { rows: frame.height, sums: name.startsWith('spectra') ? frame.sum().rows()[0] : [] };
  } catch (error) {
    return { error: String(error.message) };
  }
}

function copy(folder) {
  const files = fs.readdirSync(folder).map(name => [name, copyFile(folder, name)]);
  process.stdout.write(JSON.stringify(Object.fromEntries(files)));
}

const [command, argument] = process.argv.slice(2);
({ write, copy })[command](argument);
