// The npm package apache-arrow, as ArrowPartnerTests.cs and the spectra of Stages.Tests use it: `write FOLDER` makes the
// tables of tables.cjs and expected.json there, `read FOLDER` prints what stands in its files as JSON, file by file,
// `spectra FOLDER` makes spectra.stream and spectra.arrow.
const fs = require('node:fs');
const path = require('node:path');
const arrow = require('apache-arrow');
const { ofBatch, ofSchema } = require('./canonical.cjs');

function save(folder, name, table, kind) {
  fs.writeFileSync(path.join(folder, name), arrow.tableToIPC(table, kind === 'arrow' ? 'file' : 'stream'));
}

function write(folder) {
  const { tables, streams, strange } = require('./tables.cjs');
  const expected = {};
  for (const [name, table] of Object.entries(strange)) {
    save(folder, `${name}.stream`, table, 'stream');
  }
  for (const [name, table] of [...Object.entries(tables), ...Object.entries(streams)]) {
    for (const kind of name in streams ? ['stream'] : ['stream', 'arrow']) {
      save(folder, `${name}.${kind}`, table, kind);
      expected[`${name}.${kind}`] = { ...ofSchema(table.schema), batches: table.batches.map(ofBatch) };
    }
  }
  fs.writeFileSync(path.join(folder, 'expected.json'), JSON.stringify(expected));
}

// Spectra as a spectrometer's own program would write them: ids, lists of float32, references with a gap, an axis.
function spectra(folder) {
  const item = new arrow.Field('item', new arrow.Float32(), false);
  const rows = Array.from({ length: 12 }, (_, i) => i);
  const columns = {
    sample_id: arrow.vectorFromArray(rows.map(i => `F${String(i).padStart(2, '0')}`), new arrow.Utf8()),
    spectrum: arrow.vectorFromArray(
      rows.map(i => [0.5 + 0.01 * i, 0.25 * i, 1 - 0.03125 * i, 0.125]), new arrow.FixedSizeList(4, item)),
    protein: arrow.vectorFromArray(rows.map(i => (i === 3 ? null : 9 + 0.5 * i)), new arrow.Float64()),
    set: arrow.vectorFromArray(rows.map(i => (i % 2 ? 'b' : 'a')), new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
  };
  const plainTable = new arrow.Table(columns);
  const metadata = new Map([['wavelengths', '[1100, 1150, 1200, 1250]'], ['unit', 'nm']]);
  const schema = new arrow.Schema(plainTable.schema.fields, metadata);
  const table = new arrow.Table(schema, plainTable.batches.map(batch => new arrow.RecordBatch(schema, batch.data)));
  save(folder, 'spectra.stream', table, 'stream');
  save(folder, 'spectra.arrow', table, 'arrow');
}

// Batch by batch, since a dictionary holds only until the next one.
function readFile(file) {
  try {
    const reader = arrow.RecordBatchReader.from(fs.readFileSync(file)).open();
    const schema = ofSchema(reader.schema);
    const batches = [];
    for (const batch of reader) {
      batches.push(ofBatch(batch));
    }
    return { ...schema, batches };
  } catch (error) {
    return { error: String(error.stack) };
  }
}

function read(folder) {
  const files = fs.readdirSync(folder).map(name => [name, readFile(path.join(folder, name))]);
  process.stdout.write(JSON.stringify(Object.fromEntries(files)));
}

const [command, argument] = process.argv.slice(2);
({ write, spectra, read })[command](argument);
