using System.Buffers.Binary;
using System.Data.SqlTypes;
using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class Decimal128Array
{
    /// <summary>Collects decimal numbers for an array.</summary>
    /// <remarks>
    /// A decimal or a text that has more digits than the type, behind the point or altogether, is refused with an
    /// <see cref="OverflowException"/>; an <see cref="SqlDecimal"/> is brought to the type as SQL does.
    /// </remarks>
    public class Builder : BuilderBase<Decimal128Array, Builder>
    {
        private const int Width = 16;

        /// <summary>Starts without numbers.</summary>
        public Builder(Decimal128Type type)
            : base(type, Width)
        {
            ArgumentNullException.ThrowIfNull(type);
        }

        /// <summary>The type of the numbers.</summary>
        protected new Decimal128Type DataType => (Decimal128Type)base.DataType;

        /// <summary>Adds a number.</summary>
        public Builder Append(decimal value) =>
            Append(DecimalCount.FromDecimal(value, DataType.Precision, DataType.Scale));

        /// <summary>Adds a number in digits, or a null.</summary>
        public Builder Append(string? value) => value is null
            ? AppendNull()
            : Append(DecimalCount.FromText(value, DataType.Precision, DataType.Scale));

        /// <summary>Adds a number.</summary>
        public Builder Append(SqlDecimal value) =>
            Append(DecimalCount.FromSqlDecimal(value, DataType.Precision, DataType.Scale));

        /// <summary>Adds numbers.</summary>
        public Builder AppendRange(IEnumerable<decimal> values)
        {
            ArgumentNullException.ThrowIfNull(values);
            foreach (decimal value in values)
            {
                Append(value);
            }

            return this;
        }

        /// <summary>Adds numbers in digits, and nulls.</summary>
        public Builder AppendRange(IEnumerable<string?> values)
        {
            ArgumentNullException.ThrowIfNull(values);
            foreach (string? value in values)
            {
                Append(value);
            }

            return this;
        }

        /// <summary>Adds numbers.</summary>
        public Builder AppendRange(IEnumerable<SqlDecimal> values)
        {
            ArgumentNullException.ThrowIfNull(values);
            foreach (SqlDecimal value in values)
            {
                Append(value);
            }

            return this;
        }

        /// <summary>Replaces a number.</summary>
        public Builder Set(int index, decimal value)
        {
            Span<byte> bytes = stackalloc byte[Width];
            BinaryPrimitives.WriteInt128LittleEndian(
                bytes, DecimalCount.FromDecimal(value, DataType.Precision, DataType.Scale));
            return Set(index, bytes);
        }

        /// <inheritdoc/>
        protected override Decimal128Array Build(ArrayData data) => new(data);

        private Builder Append(Int128 count)
        {
            Span<byte> bytes = stackalloc byte[Width];
            BinaryPrimitives.WriteInt128LittleEndian(bytes, count);
            return Append(bytes);
        }
    }
}
