using Apache.Arrow.Memory;

namespace Apache.Arrow;

public readonly partial struct ArrowBuffer
{
    /// <summary>A growing bitmap that becomes a buffer.</summary>
    public class BitmapBuilder
    {
        private readonly Builder<byte> _bytes;

        /// <summary>Makes room for so many bits.</summary>
        public BitmapBuilder(int capacity = 64)
        {
            _bytes = new Builder<byte>(BitUtility.ByteCount(capacity));
        }

        /// <summary>Bits for which there is room.</summary>
        public int Capacity => (int)Math.Min(int.MaxValue, 8L * _bytes.Capacity);

        /// <summary>Bits so far.</summary>
        public int Length { get; private set; }

        /// <summary>The bytes, room included.</summary>
        public Memory<byte> Memory => _bytes.Memory;

        /// <summary>The bytes, room included.</summary>
        public Span<byte> Span => _bytes.Span;

        /// <summary>The number of set bits.</summary>
        public int SetBitCount { get; private set; }

        /// <summary>The number of clear bits.</summary>
        public int UnsetBitCount => Length - SetBitCount;

        /// <summary>Adds a bit.</summary>
        public BitmapBuilder Append(bool value) => AppendRange(value, 1);

        /// <summary>Adds the first <paramref name="validBits"/> bits of a bitmap; an empty one stands for set bits.</summary>
        public BitmapBuilder Append(ReadOnlySpan<byte> source, int validBits)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(validBits);
            if (source.IsEmpty)
            {
                return AppendRange(true, validBits);
            }

            if (validBits > 8L * source.Length)
            {
                throw new ArgumentException($"The bitmap has {8L * source.Length} bits, not {validBits}.", nameof(validBits));
            }

            Reserve(validBits);
            for (int i = 0; i < validBits; i++)
            {
                Append(BitUtility.GetBit(source, i));
            }

            return this;
        }

        /// <summary>Adds bits.</summary>
        public BitmapBuilder AppendRange(IEnumerable<bool> values)
        {
            ArgumentNullException.ThrowIfNull(values);
            foreach (bool value in values)
            {
                Append(value);
            }

            return this;
        }

        /// <summary>Adds so many equal bits.</summary>
        public BitmapBuilder AppendRange(bool value, int length)
        {
            Reserve(length);
            int end = Length + length;
            _bytes.Resize(BitUtility.ByteCount(end));
            for (int i = Length; i < end;)
            {
                if ((i & 7) == 0 && end - i >= 8)
                {
                    Span[i >> 3] = value ? (byte)0xFF : (byte)0;
                    i += 8;
                }
                else
                {
                    BitUtility.SetBit(Span, i, value);
                    i++;
                }
            }

            Length = end;
            SetBitCount += value ? length : 0;
            return this;
        }

        /// <summary>Inverts a bit.</summary>
        public BitmapBuilder Toggle(int index) => Set(index, !BitUtility.GetBit(Span, Checked(index)));

        /// <summary>Sets a bit.</summary>
        public BitmapBuilder Set(int index) => Set(index, true);

        /// <summary>Gives a bit a value.</summary>
        public BitmapBuilder Set(int index, bool value)
        {
            if (BitUtility.GetBit(Span, Checked(index)) != value)
            {
                SetBitCount += value ? 1 : -1;
                BitUtility.SetBit(Span, index, value);
            }

            return this;
        }

        /// <summary>Exchanges two bits.</summary>
        public BitmapBuilder Swap(int i, int j)
        {
            bool first = BitUtility.GetBit(Span, Checked(i));
            bool second = BitUtility.GetBit(Span, Checked(j));
            return Set(i, second).Set(j, first);
        }

        /// <summary>Makes room for so many more bits.</summary>
        public BitmapBuilder Reserve(int additionalCapacity)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(additionalCapacity);
            int bytes = BitUtility.ByteCount(checked(Length + additionalCapacity));
            _bytes.Reserve(Math.Max(0, bytes - _bytes.Length));
            return this;
        }

        /// <summary>Sets the number of bits; new ones are clear.</summary>
        public BitmapBuilder Resize(int capacity)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(capacity);
            if (capacity > Length)
            {
                return AppendRange(false, capacity - Length);
            }

            SetBitCount = BitUtility.CountBits(Span, 0, capacity);
            Length = capacity;
            _bytes.Resize(BitUtility.ByteCount(capacity));
            return this;
        }

        /// <summary>Forgets all bits.</summary>
        public BitmapBuilder Clear()
        {
            _bytes.Clear();
            Length = 0;
            SetBitCount = 0;
            return this;
        }

        /// <summary>Makes a buffer of the bits, padded with zeros to a multiple of 64 bytes.</summary>
        public ArrowBuffer Build(MemoryAllocator? allocator = default)
        {
            int rest = Length & 7;
            if (rest != 0)
            {
                Span[Length >> 3] &= (byte)((1 << rest) - 1);
            }

            return _bytes.Build(allocator);
        }

        /// <summary>As <see cref="Build"/>, but no bytes when all bits are set: validity without a null.</summary>
        internal ArrowBuffer BuildValidity(MemoryAllocator? allocator) => UnsetBitCount > 0 ? Build(allocator) : Empty;

        private int Checked(int index)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
            return index;
        }
    }
}
