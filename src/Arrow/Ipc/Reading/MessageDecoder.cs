using Apache.Arrow.Flatbuf;
using Apache.Arrow.Ipc.Messages;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Turns messages behind a schema into batches, and keeps the dictionaries between them.</summary>
internal sealed class MessageDecoder : IDisposable
{
    private readonly IpcField[] _fields;
    private readonly Dictionaries _dictionaries;
    private readonly BodyDecompressor _decompressor;
    private bool _lacksDictionary;

    /// <summary>Starts from the table of a schema.</summary>
    internal MessageDecoder(FlatTable schema, int metadataBytes, BatchReading reading)
    {
        (Schema, _fields) = SchemaDecoder.Decode(schema, metadataBytes);
        _decompressor = new BodyDecompressor(reading.Codecs, reading.Allocator);
        _dictionaries = new Dictionaries(_fields, _decompressor, reading.CanReplace);
    }

    /// <summary>The schema of all batches.</summary>
    internal Schema Schema { get; }

    /// <summary>Starts from a stream's first message.</summary>
    internal static MessageDecoder Start(IpcMessage? first, BatchReading reading)
    {
        if (first is null)
        {
            throw new InvalidDataException("The Arrow stream is empty: it has no schema.");
        }

        using (first)
        {
            return first.Kind == MessageKind.Schema
                ? new MessageDecoder(first.Header, first.MetadataBytes, reading)
                : throw new InvalidDataException($"An Arrow stream starts with a schema; found {first.Kind}.");
        }
    }

    /// <summary>The batch of a message, which ends here, or null where the message was a dictionary.</summary>
    internal RecordBatch? Decode(IpcMessage message)
    {
        using (message)
        {
            switch (message.Kind)
            {
                case MessageKind.DictionaryBatch:
                    Accept(message);
                    return null;
                case MessageKind.RecordBatch:
                    RequireDictionaries();
                    (ArrayData[] columns, int length) =
                        BatchDecoder.Decode(message.Header, message.Body, _fields, _dictionaries, _decompressor);
                    return new RecordBatch(Schema, columns.Select(ArrowArrayFactory.BuildArray), length);
                case MessageKind.Tensor or MessageKind.SparseTensor:
                    throw new NotSupportedException($"not supported: an Arrow message of kind {message.Kind}");
                default:
                    throw new InvalidDataException($"Expected a batch or a dictionary in the Arrow data, found {message.Kind}.");
            }
        }
    }

    /// <summary>Takes the dictionary of a message, which ends here.</summary>
    internal void DecodeDictionary(IpcMessage message)
    {
        using (message)
        {
            if (message.Kind != MessageKind.DictionaryBatch)
            {
                throw new InvalidDataException($"Expected a dictionary in the Arrow data, found {message.Kind}.");
            }

            Accept(message);
        }
    }

    /// <summary>Gives dictionaries and codecs back; batches have leases of their own.</summary>
    public void Dispose()
    {
        _dictionaries.Dispose();
        _decompressor.Dispose();
    }

    /// <summary>Takes a dictionary; behind one that could not be taken, values would come out of the one before it.</summary>
    private void Accept(IpcMessage message)
    {
        RequireDictionaries();
        _lacksDictionary = true;
        _dictionaries.Accept(message.Header, message.Body);
        _lacksDictionary = false;
    }

    private void RequireDictionaries()
    {
        if (_lacksDictionary)
        {
            throw new InvalidDataException(
                "An earlier dictionary of these Arrow data could not be read, so what follows cannot be either.");
        }
    }
}
