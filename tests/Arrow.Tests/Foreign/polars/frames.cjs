// The frames that partner.cjs writes, by name; PolarsPartnerTests.cs says what they hold.
const pl = require('nodejs-polars').default;

const whole = type => pl.Series('', [1, null, 120], type);
const counts = type => pl.Series('', [0, null, 1700000000001], pl.Int64).cast(type);

const columns = {
  bool: pl.Series('', [true, null, false]),
  i8: whole(pl.Int8),
  i16: whole(pl.Int16),
  i32: whole(pl.Int32),
  i64: whole(pl.Int64),
  u8: whole(pl.UInt8),
  u16: whole(pl.UInt16),
  u32: whole(pl.UInt32),
  u64: pl.Series('', [1n, null, 120n], pl.UInt64),
  f32: pl.Series('', [0.5, null, -0.25], pl.Float32),
  f64: pl.Series('', [0.1, null, Infinity], pl.Float64),
  text: pl.Series('', ['snv', null, 'Savitzky and Golay']),
  days: pl.Series('', [0, null, -3], pl.Int32).cast(pl.Date),
  'ns of the day': pl.Series('', [0, null, 86399999999999], pl.Int64).cast(pl.Time),
  'time in ms': counts(pl.Datetime('ms', 'UTC')),
  'time in µs': counts(pl.Datetime('us', 'Europe/Oslo')),
  'time in ns': counts(pl.Datetime('ns')),
  'span in ms': counts(pl.Duration('ms')),
  'span in µs': counts(pl.Duration('us')),
  'span in ns': counts(pl.Duration('ns')),
  decimals: pl.Series('', [1.5, null, -2.25], pl.Float64).cast(pl.Decimal(20, 3)),
  lists: pl.Series('', [[1, null], null, []]),
  'lists of texts': pl.Series('', [['a', 'bc'], null, []]),
  spectrum: pl.Series('', [[1, 2], null, [3, 4]]).cast(pl.FixedSizeList(pl.Float64, 2)),
  records: pl.Series('', [{ n: 1, text: 'x' }, { n: 2, text: null }, { n: 3, text: 'z' }]),
  group: pl.Series('', ['low', null, 'high']).cast(pl.Categorical),
};
const types = pl.DataFrame(Object.entries(columns).map(([name, series]) => series.rename(name)));

// Whole tenths, as spectrometers round: they compress. OurTable.Spectra has the same.
function spectra(samples, variables) {
  const values = j => Array.from({ length: samples }, (_, i) => ((31 * i + 17 * j) % 1000) / 10);
  return pl.DataFrame(Array.from({ length: variables }, (_, j) => pl.Series(String(1100 + 2 * j), values(j), pl.Float64)));
}

const numbers = (...values) => pl.DataFrame({ x: pl.Series('', values, pl.Float64), text: values.map(x => x === null ? null : `t${x}`) });

// What repeats is worth compressing, also within columns of every type.
const long = Array.from({ length: 7 }).reduce(frame => frame.vstack(frame), types).rechunk();

exports.frames = {
  types,
  long,
  slice: long.slice(5, 100),
  spectra: spectra(100, 700),
  tall: spectra(100000, 1),
  pieces: numbers(1, null, 3).vstack(numbers(4)).vstack(numbers(null, 6)),
  'no rows': types.head(0),
};
