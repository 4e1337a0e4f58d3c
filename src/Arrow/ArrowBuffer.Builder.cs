using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Apache.Arrow.Memory;

namespace Apache.Arrow;

public readonly partial struct ArrowBuffer
{
    /// <summary>A growing run of values that becomes a buffer.</summary>
    public class Builder<T>
        where T : struct
    {
        private byte[] _bytes;

        /// <summary>Makes room for so many values.</summary>
        public Builder(int capacity = 8)
        {
            if (typeof(T) == typeof(bool))
            {
                throw new NotSupportedException("Truth takes a bit, not a byte. Use a BitmapBuilder.");
            }

            _bytes = new byte[checked(capacity * Unsafe.SizeOf<T>())];
        }

        /// <summary>Values for which there is room.</summary>
        public int Capacity => _bytes.Length / Unsafe.SizeOf<T>();

        /// <summary>Values so far.</summary>
        public int Length { get; private set; }

        /// <summary>The bytes, room included.</summary>
        public Memory<byte> Memory => _bytes;

        /// <summary>The values, room included.</summary>
        public Span<T> Span => MemoryMarshal.Cast<byte, T>(_bytes.AsSpan());

        /// <summary>Adds a value.</summary>
        public Builder<T> Append(T value)
        {
            Reserve(1);
            Span[Length] = value;
            Length++;
            return this;
        }

        /// <summary>Adds values.</summary>
        public Builder<T> Append(ReadOnlySpan<T> source)
        {
            Reserve(source.Length);
            source.CopyTo(Span[Length..]);
            Length += source.Length;
            return this;
        }

        /// <summary>Adds the values of a buffer.</summary>
        public Builder<T> Append(ArrowBuffer buffer) => Append(MemoryMarshal.Cast<byte, T>(buffer.Span));

        /// <summary>Adds values.</summary>
        public Builder<T> AppendRange(IEnumerable<T> values)
        {
            ArgumentNullException.ThrowIfNull(values);
            if (values is T[] array)
            {
                return Append(array.AsSpan());
            }

            foreach (T value in values)
            {
                Append(value);
            }

            return this;
        }

        /// <summary>Makes room for so many more values.</summary>
        public Builder<T> Reserve(int additionalCapacity)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(additionalCapacity);
            EnsureCapacity(checked(Length + additionalCapacity));
            return this;
        }

        /// <summary>Sets the number of values; new ones are undefined.</summary>
        public Builder<T> Resize(int capacity)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(capacity);
            EnsureCapacity(capacity);
            Length = capacity;
            return this;
        }

        /// <summary>Forgets all values.</summary>
        public Builder<T> Clear()
        {
            _bytes.AsSpan().Clear();
            Length = 0;
            return this;
        }

        /// <summary>Makes a buffer of the values, padded with zeros to a multiple of 64 bytes.</summary>
        public ArrowBuffer Build(MemoryAllocator? allocator = default)
        {
            int used = Length * Unsafe.SizeOf<T>();
            int padded = checked((int)BitUtility.RoundUpToMultipleOf64(used));
            IMemoryOwner<byte> owner = (allocator ?? MemoryAllocator.Default.Value).Allocate(padded);
            _bytes.AsSpan(0, used).CopyTo(owner.Memory.Span);
            owner.Memory.Span[used..].Clear();
            return new ArrowBuffer(owner, padded);
        }

        private void EnsureCapacity(int values)
        {
            if (values > Capacity)
            {
                long bytes = Math.Max((long)values * Unsafe.SizeOf<T>(), Math.Min(2L * _bytes.Length, System.Array.MaxLength));
                System.Array.Resize(ref _bytes, checked((int)bytes));
            }
        }
    }
}
