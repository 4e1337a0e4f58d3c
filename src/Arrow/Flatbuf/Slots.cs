namespace Apache.Arrow.Flatbuf;

/// <summary>Positions of members in the tables of Message.fbs, Schema.fbs and File.fbs.</summary>
internal static class Slots
{
    /// <summary>Members of Message.</summary>
    internal static class Message
    {
        /// <summary>MetadataVersion (int16).</summary>
        internal const int Version = 0;

        /// <summary>Which table the header is (byte).</summary>
        internal const int HeaderType = 1;

        /// <summary>The table that says what the message is about.</summary>
        internal const int Header = 2;

        /// <summary>Bytes of the body (int64).</summary>
        internal const int BodyLength = 3;
    }

    /// <summary>Members of Schema.</summary>
    internal static class Schema
    {
        /// <summary>0 is little, 1 is big (int16).</summary>
        internal const int Endianness = 0;

        /// <summary>Vector of Field.</summary>
        internal const int Fields = 1;

        /// <summary>Vector of KeyValue.</summary>
        internal const int Metadata = 2;
    }

    /// <summary>Members of Field.</summary>
    internal static class Field
    {
        /// <summary>Text.</summary>
        internal const int Name = 0;

        /// <summary>Whether values may be null (bool).</summary>
        internal const int Nullable = 1;

        /// <summary>Which table the type is (byte).</summary>
        internal const int TypeKind = 2;

        /// <summary>The table that describes the type.</summary>
        internal const int Type = 3;

        /// <summary>DictionaryEncoding, where the values are in a dictionary.</summary>
        internal const int Dictionary = 4;

        /// <summary>Vector of Field.</summary>
        internal const int Children = 5;

        /// <summary>Vector of KeyValue.</summary>
        internal const int Metadata = 6;
    }

    /// <summary>Members of KeyValue.</summary>
    internal static class KeyValue
    {
        /// <summary>Text.</summary>
        internal const int Key = 0;

        /// <summary>Text.</summary>
        internal const int Value = 1;
    }

    /// <summary>Members of DictionaryEncoding.</summary>
    internal static class DictionaryEncoding
    {
        /// <summary>Number of the dictionary (int64).</summary>
        internal const int Id = 0;

        /// <summary>Int; 32 bits with sign when absent.</summary>
        internal const int IndexType = 1;

        /// <summary>Whether the order means something (bool).</summary>
        internal const int IsOrdered = 2;
    }

    /// <summary>Members of the tables that describe types.</summary>
    internal static class Types
    {
        /// <summary>Of Int: bits (int32).</summary>
        internal const int BitWidth = 0;

        /// <summary>Of Int: whether values may be negative (bool).</summary>
        internal const int IsSigned = 1;

        /// <summary>Of FloatingPoint: half, single, double (int16).</summary>
        internal const int Precision = 0;

        /// <summary>Of Decimal: digits (int32).</summary>
        internal const int DecimalPrecision = 0;

        /// <summary>Of Decimal: digits behind the point (int32).</summary>
        internal const int DecimalScale = 1;

        /// <summary>Of Decimal: bits (int32); 128 when absent.</summary>
        internal const int DecimalBitWidth = 2;

        /// <summary>Of FixedSizeList: values per list; of FixedSizeBinary: bytes per value (int32).</summary>
        internal const int Size = 0;

        /// <summary>Of Date: days, milliseconds; of Time, Timestamp and Duration: seconds to nanoseconds (int16).</summary>
        internal const int Unit = 0;

        /// <summary>Of Time: bits (int32); 32 when absent.</summary>
        internal const int TimeBitWidth = 1;

        /// <summary>Of Timestamp: text, or absent.</summary>
        internal const int Timezone = 1;

        /// <summary>Of Map: whether the keys of each map rise (bool).</summary>
        internal const int KeysSorted = 0;
    }

    /// <summary>Members of RecordBatch.</summary>
    internal static class RecordBatch
    {
        /// <summary>Rows (int64).</summary>
        internal const int Length = 0;

        /// <summary>Vector of FieldNode: length and null count (int64 each).</summary>
        internal const int Nodes = 1;

        /// <summary>Vector of Buffer: offset into the body and length (int64 each).</summary>
        internal const int Buffers = 2;

        /// <summary>BodyCompression, absent when the body is plain.</summary>
        internal const int Compression = 3;

        /// <summary>Vector of the number of buffers behind the views of each field that has them (int64).</summary>
        internal const int ViewBufferCounts = 4;
    }

    /// <summary>Members of BodyCompression.</summary>
    internal static class BodyCompression
    {
        /// <summary>CompressionType: 0 is LZ4_FRAME, 1 is ZSTD (byte).</summary>
        internal const int Codec = 0;

        /// <summary>BodyCompressionMethod: 0 is each buffer by itself (byte).</summary>
        internal const int Method = 1;
    }

    /// <summary>Members of DictionaryBatch.</summary>
    internal static class DictionaryBatch
    {
        /// <summary>Number of the dictionary (int64).</summary>
        internal const int Id = 0;

        /// <summary>RecordBatch of one column.</summary>
        internal const int Data = 1;

        /// <summary>Whether the values are added to known ones (bool).</summary>
        internal const int IsDelta = 2;
    }

    /// <summary>Members of Footer, and bytes of a Block.</summary>
    internal static class Footer
    {
        /// <summary>MetadataVersion (int16).</summary>
        internal const int Version = 0;

        /// <summary>Schema.</summary>
        internal const int Schema = 1;

        /// <summary>Vector of Block.</summary>
        internal const int Dictionaries = 2;

        /// <summary>Vector of Block.</summary>
        internal const int RecordBatches = 3;

        /// <summary>Bytes of a Block: offset (int64), metadata length (int32, padded to 8), body length (int64).</summary>
        internal const int BlockBytes = 24;
    }
}
