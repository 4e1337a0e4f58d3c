using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of maps: lists of records of a key and a value.</summary>
public partial class MapArray : ListArray
{
    /// <summary>Makes an array of maps over their entries; <paramref name="nullBitmapBuffer"/> is empty when no map is null.</summary>
    public MapArray(
        IArrowType dataType,
        int length,
        ArrowBuffer valueOffsetsBuffer,
        IArrowArray structs,
        ArrowBuffer nullBitmapBuffer,
        int nullCount = 0,
        int offset = 0)
        : this(
            new ArrayData(dataType, length, nullCount, offset, [nullBitmapBuffer, valueOffsetsBuffer], [structs.Data]),
            structs)
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public MapArray(ArrayData data)
        : this(data, data.OnlyChild())
    {
    }

    private MapArray(ArrayData data, IArrowArray structs)
        : base(data, structs, ArrowTypeId.Map)
    {
        KeyValues = structs as StructArray
            ?? throw new ArgumentException($"A map's entries are records, found {structs.Data.DataType.Name}.");
    }

    /// <summary>The entries of all maps, those before this array's offset included.</summary>
    public StructArray KeyValues { get; }

    /// <summary>The keys of all maps, those before this array's offset included.</summary>
    public IArrowArray Keys => KeyValues.Fields[0];

    /// <summary>The values of all maps, those before this array's offset included.</summary>
    public new IArrowArray Values => KeyValues.Fields[1];

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor)
    {
        if (visitor is IArrowArrayVisitor<MapArray> maps)
        {
            maps.Visit(this);
        }
        else
        {
            base.Accept(visitor);
        }
    }

    /// <summary>The entries of one map as pairs; none where the map is null.</summary>
    public IEnumerable<Tuple<K, V>> GetTuples<TKeyArray, K, TValueArray, V>(
        int index, Func<TKeyArray, int, K> getKey, Func<TValueArray, int, V> getValue)
        where TKeyArray : Array
        where TValueArray : Array
    {
        foreach ((K key, V value) in GetKeyValuePairs(index, getKey, getValue))
        {
            yield return Tuple.Create(key, value);
        }
    }

    /// <summary>The entries of one map as pairs; none where the map is null.</summary>
    public IEnumerable<KeyValuePair<K, V>> GetKeyValuePairs<TKeyArray, K, TValueArray, V>(
        int index, Func<TKeyArray, int, K> getKey, Func<TValueArray, int, V> getValue)
        where TKeyArray : Array
        where TValueArray : Array
    {
        var keys = (TKeyArray)Keys;
        var values = (TValueArray)Values;
        int start = ValueOffsets[index];
        int end = start + GetValueLength(index);
        for (int entry = start; entry < end; entry++)
        {
            yield return KeyValuePair.Create(getKey(keys, entry), getValue(values, entry));
        }
    }
}
