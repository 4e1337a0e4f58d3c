namespace Apache.Arrow.Flatbuf;

/// <summary>Members of the union MessageHeader in Message.fbs.</summary>
internal enum MessageKind : byte
{
    /// <summary>No header.</summary>
    None = 0,

    /// <summary>The schema.</summary>
    Schema = 1,

    /// <summary>Values of a dictionary.</summary>
    DictionaryBatch = 2,

    /// <summary>A batch.</summary>
    RecordBatch = 3,

    /// <summary>A dense tensor.</summary>
    Tensor = 4,

    /// <summary>A sparse tensor.</summary>
    SparseTensor = 5,
}
