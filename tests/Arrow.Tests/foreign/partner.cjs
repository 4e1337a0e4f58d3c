// The other side of Ipc/ForeignPartnerTests.cs: `write FOLDER` makes partner.stream and partner.arrow there,
// `read FILE` prints the columns of a file as JSON.
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
({ write, read })[command](argument);
