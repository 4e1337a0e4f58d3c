using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of indices into a dictionary of values.</summary>
public class DictionaryArray : Array
{
    /// <summary>Makes an array over parts that include a dictionary.</summary>
    public DictionaryArray(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Dictionary);
        var type = (DictionaryType)data.DataType;
        if (data.Dictionary is null)
        {
            throw new ArgumentException("A dictionary array needs a dictionary.", nameof(data));
        }

        data.Dictionary.Require(type.ValueType.TypeId);
        Indices = ArrowArrayFactory.BuildArray(
            new ArrayData(type.IndexType, data.Length, data.NullCount, data.Offset, data.Buffers, data.Children));
        Dictionary = ArrowArrayFactory.BuildArray(data.Dictionary);
    }

    /// <summary>Makes an array of indices, whose nulls are its nulls, into <paramref name="dictionary"/>.</summary>
    public DictionaryArray(DictionaryType dataType, IArrowArray indicesArray, IArrowArray dictionary)
        : base(new ArrayData(
            dataType,
            indicesArray.Length,
            indicesArray.NullCount,
            indicesArray.Offset,
            indicesArray.Data.Buffers,
            indicesArray.Data.Children,
            dictionary.Data))
    {
        indicesArray.Data.Require(dataType.IndexType.TypeId);
        dictionary.Data.Require(dataType.ValueType.TypeId);
        Indices = indicesArray;
        Dictionary = dictionary;
    }

    /// <summary>The values.</summary>
    public IArrowArray Dictionary { get; }

    /// <summary>The indices.</summary>
    public IArrowArray Indices { get; }

    /// <summary>The bytes of the indices.</summary>
    public ArrowBuffer IndicesBuffer => Data.Buffers[1];

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);
}
