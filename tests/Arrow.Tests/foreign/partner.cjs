// The other side of Ipc/ForeignPartnerTests.cs: `write FOLDER` makes partner.stream and partner.arrow there,
// `spectra FOLDER` makes spectra.stream and spectra.arrow, `read FILE` prints the columns of a file as JSON.
const fs = require('node:fs');
const path = require('node:path');
const arrow = require('apache-arrow');

function write(folder) {
  const item = new arrow.Field('item', new arrow.Float64(), false);
  const table = new arrow.Table({
    text: arrow.vectorFromArray(['snv', null, 'Müller', ''], new arrow.Utf8()),
    number: arrow.vectorFromArray([1.5, -0.25, null, 1e300], new arrow.Float64()),
    spectrum: arrow.vectorFromArray([[1, 2, 3], [4, 5, 6], null, [7, 8, 9]], new arrow.FixedSizeList(3, item)),
    group: arrow.vectorFromArray(['a', 'b', null, 'a'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int16())),
    time: arrow.vectorFromArray([0, 1500, null, 86400000], new arrow.Timestamp(arrow.TimeUnit.MILLISECOND, 'UTC')),
  });
  fs.writeFileSync(path.join(folder, 'partner.stream'), arrow.tableToIPC(table, 'stream'));
  fs.writeFileSync(path.join(folder, 'partner.arrow'), arrow.tableToIPC(table, 'file'));
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
  fs.writeFileSync(path.join(folder, 'spectra.stream'), arrow.tableToIPC(table, 'stream'));
  fs.writeFileSync(path.join(folder, 'spectra.arrow'), arrow.tableToIPC(table, 'file'));
}

function plain(value) {
  if (value === null || value === undefined) {
    return null;
  }
  if (typeof value === 'bigint') {
    return { whole: value.toString() };
  }
  return typeof value === 'object' ? Array.from(value, plain) : value;
}

function read(file) {
  const table = arrow.tableFromIPC(fs.readFileSync(file));
  const columns = {};
  table.schema.fields.forEach((field, index) => {
    columns[field.name] = Array.from(table.getChildAt(index), plain);
  });
  process.stdout.write(JSON.stringify({ rows: table.numRows, note: table.schema.metadata.get('note') ?? null, columns }));
}

const [command, argument] = process.argv.slice(2);
({ write, spectra, read })[command](argument);
