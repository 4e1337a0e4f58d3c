// Schemas and batches as JSON that loses nothing; ForeignValues.cs reads it. Whole numbers, points and spans of time
// are counts of their unit in digits, texts 'so', bytes xHEX, floating point a text under its width.
const { Type, Vector } = require('apache-arrow');

exports.ofSchema = schema => ({
  metadata: Object.fromEntries(schema.metadata),
  fields: schema.fields.map(field => ({
    name: field.name,
    type: String(field.type),
    nullable: field.nullable,
    metadata: Object.fromEntries(field.metadata),
  })),
});

exports.ofBatch = batch => ({
  rows: batch.numRows,
  columns: batch.schema.fields.map((_, j) => all(batch.getChildAt(j))),
});

function all(vector, begin = 0, end = vector.length) {
  return Array.from({ length: end - begin }, (_, k) => one(vector, begin + k));
}

// A dictionary that grew has several pieces.
function one(vector, i) {
  for (const data of vector.data) {
    if (i < data.length) {
      return inPiece(new Vector([data]), data, i);
    }
    i -= data.length;
  }
  throw new Error(`No piece of ${vector.length} values has another ${i}.`);
}

function inPiece(vector, data, i) {
  if (!vector.isValid(i) || vector.type.typeId === Type.Null) {
    return null;
  }
  const child = j => new Vector([data.children[j]]);
  switch (vector.type.typeId) {
    case Type.Float:
      return { [vector.type.precision === 2 ? 'f64' : 'f32']: floating(vector.get(i)) };
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Utf8View:
      return `'${vector.get(i)}'`;
    case Type.Binary:
    case Type.LargeBinary:
    case Type.BinaryView:
    case Type.FixedSizeBinary:
      return `x${Buffer.from(vector.get(i)).toString('hex').toUpperCase()}`;
    case Type.Decimal:
      return decimal(vector.get(i), vector.type.scale);
    case Type.Bool:
      return String(vector.get(i));
    case Type.List:
    case Type.LargeList:
      return { list: all(child(0), Number(data.valueOffsets[i]), Number(data.valueOffsets[i + 1])) };
    case Type.FixedSizeList:
      return { list: all(child(0), i * vector.type.listSize, (i + 1) * vector.type.listSize) };
    case Type.Struct:
      return { record: vector.type.children.map((field, j) => [field.name, one(child(j), i)]) };
    case Type.Map: {
      const entries = data.children[0];
      const [keys, values] = entries.children.map(part => new Vector([part]));
      const [begin, end] = [data.valueOffsets[i], data.valueOffsets[i + 1]];
      return { map: all(keys, begin, end).map((key, k) => [key, one(values, begin + k)]) };
    }
    case Type.Dictionary:
      return one(data.dictionary, Number(data.values[i]));
    default:
      return String(data.values[i]);
  }
}

function floating(value) {
  return Object.is(value, -0) ? '-0' : String(value);
}

function decimal(words, scale) {
  const count = BigInt.asIntN(128, words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n));
  const digits = String(count < 0n ? -count : count).padStart(scale + 1, '0');
  return `${count < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}`;
}
