// The tables that partner.cjs writes, by name.
const {
  Binary, BinaryView, Bool, DateDay, DateMillisecond, Decimal, DenseUnion, Dictionary, DurationMicrosecond,
  DurationMillisecond, DurationNanosecond, DurationSecond, Field, FixedSizeBinary, FixedSizeList, Float16, Float32, Float64, Int16, Int32,
  Int64, Int8, IntervalMonthDayNano, IntervalYearMonth, LargeBinary, LargeList, LargeUtf8, List, Map_, Null, RecordBatch, Schema, Struct, Table, TimeMicrosecond,
  TimeMillisecond, TimeNanosecond, TimeSecond, TimestampMicrosecond, TimestampMillisecond, TimestampNanosecond,
  TimestampSecond, Uint16, Uint32, Uint64, Uint8, Utf8, Utf8View, makeData, vectorFromArray,
} = require('apache-arrow');

const item = (type, nullable = true) => new Field('item', type, nullable);
const bytes = (...values) => Uint8Array.from(values);
const words = (...values) => Uint32Array.from(values);
const day = 86400000;
const record = new Struct([new Field('n', new Int32(), true), new Field('text', new Utf8(), true)]);
const entries = new Field('entries', new Struct([new Field('key', new Utf8(), false), new Field('value', new Int32(), true)]), false);

// Four values and a gap of each type.
const columns = {
  nothing: [new Null(), [null, null, null, null, null]],
  bool: [new Bool(), [true, false, null, true, true]],
  i8: [new Int8(), [-128, 127, null, 0, 1]],
  i16: [new Int16(), [-32768, 32767, null, 0, 1]],
  i32: [new Int32(), [-2147483648, 2147483647, null, 0, 1]],
  i64: [new Int64(), [-9223372036854775808n, 9223372036854775807n, null, 0n, 1n]],
  u8: [new Uint8(), [255, 0, null, 128, 1]],
  u16: [new Uint16(), [65535, 0, null, 32768, 1]],
  u32: [new Uint32(), [4294967295, 0, null, 2147483648, 1]],
  u64: [new Uint64(), [18446744073709551615n, 0n, null, 9223372036854775808n, 1n]],
  f16: [new Float16(), [0.5, -65504, null, Infinity, NaN]],
  f32: [new Float32(), [1 / 3, -0, null, -Infinity, NaN]],
  f64: [new Float64(), [1 / 3, -0, null, 5e-324, NaN]],
  text: [new Utf8(), ['snv', '', null, 'Müller', '吸光度 😀']],
  'large text': [new LargeUtf8(), ['snv', '', null, 'Müller', '吸光度 😀']],
  'text views': [new Utf8View(), ['twelve bytes', 'thirteen byte', null, '', 'Savitzky and Golay']],
  bytes: [new Binary(), [bytes(1, 2, 255), bytes(), null, bytes(0), bytes(7)]],
  'large bytes': [new LargeBinary(), [bytes(1, 2, 255), bytes(), null, bytes(0), bytes(7)]],
  'byte views': [new BinaryView(), [bytes(1, 2, 255), bytes(), null, new Uint8Array(40).fill(9), bytes(7)]],
  'equal bytes': [new FixedSizeBinary(3), [bytes(1, 2, 3), bytes(0, 0, 0), null, bytes(4, 5, 6), bytes(7, 8, 9)]],
  days: [new DateDay(), [0, -3 * day, null, 20000 * day, day].map(ms => ms === null ? null : new Date(ms))],
  'ms days': [new DateMillisecond(), [0, -3 * day, null, 20000 * day, day].map(ms => ms === null ? null : new Date(ms))],
  's of the day': [new TimeSecond(), [0, 86399, null, 1, 2]],
  'ms of the day': [new TimeMillisecond(), [0, 86399999, null, 1, 2]],
  'µs of the day': [new TimeMicrosecond(), [0n, 86399999999n, null, 1n, 2n]],
  'ns of the day': [new TimeNanosecond(), [0n, 86399999999999n, null, 1n, 2n]],
  'time in s': [new TimestampSecond('UTC'), [0, -1000, null, 1700000000000, 1000]],
  'time in ms': [new TimestampMillisecond('Europe/Oslo'), [0, -1, null, 1700000000001, 1000]],
  'time in µs': [new TimestampMicrosecond('+01:00'), [0, -1, null, 1700000000001, 1000]],
  'time in ns': [new TimestampNanosecond(), [0, -1, null, 1700000000001, 1000]],
  'span in s': [new DurationSecond(), [0n, -1n, null, 9223372036854775807n, 5n]],
  'span in ms': [new DurationMillisecond(), [0n, -1n, null, 9223372036854775807n, 5n]],
  'span in µs': [new DurationMicrosecond(), [0n, -1n, null, 9223372036854775807n, 5n]],
  'span in ns': [new DurationNanosecond(), [0n, -1n, null, 9223372036854775807n, 5n]],
  decimals: [new Decimal(3, 38, 128), [
    words(12345, 0, 0, 0), words(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff), null, words(0, 1, 2, 3), words(0, 0, 0, 0)]],
  lists: [new List(item(new Int32())), [[1, null, 3], [], null, [4], [5, 6]]],
  'large lists': [new LargeList(item(new Utf8())), [['a', null], [], null, ['bc'], ['']]],
  spectrum: [new FixedSizeList(3, item(new Float64(), false)), [[1, 2, 3], [4, 5, 6], null, [7, 8, 9], [0, 0.5, -1]]],
  records: [record, [{ n: 1, text: 'a' }, { n: null, text: null }, null, { n: 3, text: '' }, { n: 4, text: 'd' }]],
  maps: [new Map_(entries), [new Map([['a', 1], ['b', null]]), new Map(), null, new Map([['', 3]]), new Map([['z', 4]])]],
  group: [new Dictionary(new Utf8(), new Int16(), 7), ['low', 'high', null, 'low', 'middle']],
  numbers: [new Dictionary(new Float64(), new Uint8(), 8), [0.25, 0.5, null, 0.25, 4]],
  'lists of records': [new List(item(new Struct([new Field('parts', new List(item(new Int16())), true)]))), [
    [{ parts: [1, 2] }, { parts: null }], [], null, [{ parts: [] }], [{ parts: [null] }]]],
};

// Fields beside arrays, for a schema of one's own over columns that vectorFromArray made.
function tableOf(cases, { nullable = true, rows = undefined, metadata = new Map() } = {}) {
  const vectors = Object.entries(cases).map(([name, [type, values]]) => [name, vectorFromArray(values.slice(0, rows), type)]);
  const fields = vectors.map(([name, vector]) => new Field(name, vector.type, nullable, new Map([['column', name]])));
  const schema = new Schema(fields, metadata);
  const children = vectors.map(([, vector]) => vector.data[0]);
  const data = makeData({ type: new Struct(fields), length: vectors[0][1].length, nullCount: 0, children });
  return new Table(schema, [new RecordBatch(schema, data)]);
}

// A column of a dictionary that is another vector in each batch.
function dictionaryTable(...dictionaries) {
  const type = new Dictionary(new Utf8(), new Int32(), 9);
  const schema = new Schema([new Field('group', type, true)]);
  const batches = dictionaries.map(dictionary => {
    const indices = Int32Array.from({ length: 2 * dictionary.length }, (_, i) => (3 * i) % dictionary.length);
    const column = makeData({ type, length: indices.length, nullCount: 0, data: indices, dictionary });
    const data = makeData({ type: new Struct(schema.fields), length: indices.length, nullCount: 0, children: [column] });
    return new RecordBatch(schema, data);
  });
  return new Table(schema, batches);
}

// A column of a type that vectorFromArray does not make.
function rawTable(type, length, parts) {
  const fields = [new Field('unknown', type, true)];
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children: [makeData({ type, length, ...parts })] });
  return new Table(new Schema(fields), [new RecordBatch(new Schema(fields), data)]);
}

const texts = (...values) => vectorFromArray(values, new Utf8());
const everything = tableOf(columns, { metadata: new Map([['note', 'schema ± note'], ['empty', '']]) });
const [first] = everything.batches;
const without = (...names) => Object.fromEntries(Object.entries(columns).filter(([name]) => !names.includes(name)));

// The views of a slice are written without their bytes (apache-arrow 21.2.0), so that nobody can read them.
const sliceable = tableOf(without('text views', 'byte views'));
const [begin, more] = [texts('alpha', 'beta'), texts('gamma')];

exports.tables = {
  types: everything,
  'without nulls': tableOf(without('nothing'), { nullable: false, rows: 2 }),
  batches: new Table(everything.schema, [first, first, first]),
  slices: new Table(sliceable.schema, [sliceable.batches[0].slice(1, 4), sliceable.batches[0].slice(3, 5)]),
  'no rows': new Table(everything.schema, [tableOf(columns, { rows: 0 }).batches[0]]),
  'no batches': new Table(everything.schema, []),
  'grown dictionary': dictionaryTable(begin, begin.concat(more)),
};

// In files a dictionary cannot be replaced.
exports.streams = { 'replaced dictionary': dictionaryTable(texts('a', 'b'), texts('x', 'y', 'z'), texts('a', 'b')) };

const either = new DenseUnion([0, 1], [new Field('n', new Int32()), new Field('text', new Utf8())]);
const pieces = [vectorFromArray([5], new Int32()), texts('x')].map(vector => vector.data[0]);

// Of types that our side does not have.
exports.strange = {
  'year months': rawTable(new IntervalYearMonth(), 2, { data: Int32Array.of(1, 2) }),
  'month day nanos': rawTable(new IntervalMonthDayNano(), 1, { data: Int32Array.of(1, 2, 3, 4) }),
  unions: rawTable(either, 2, { typeIds: Int8Array.of(0, 1), valueOffsets: Int32Array.of(0, 0), children: pieces }),
  'wide decimals': rawTable(new Decimal(2, 50, 256), 1, { data: new Uint32Array(8) }),
};
