using Apache.Arrow;
using Xunit;

namespace Pipeline.Arrow.Tests.Arrays;

/// <summary>What holds for arrays of every type alike.</summary>
public sealed class AllTypesTests
{
    private const int Rows = 41;

    public static TheoryData<string, bool> Columns
    {
        get
        {
            var columns = new TheoryData<string, bool>();
            foreach (Field column in Samples.AllTypes(1, withNulls: false).Schema.FieldsList)
            {
                columns.Add(column.Name, false);
                columns.Add(column.Name, true);
            }

            return columns;
        }
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void Slice_AnyRange_HoldsTheValuesOfTheRange(string name, bool withNulls)
    {
        IArrowArray array = Samples.AllTypes(Rows, withNulls).Column(name);
        string[] all = Rendering.Of(array);

        foreach ((int offset, int length) in new[] { (0, Rows), (0, 0), (Rows, 0), (3, 20), (8, 16), (13, Rows - 13), (Rows - 1, 1) })
        {
            IArrowArray slice = ArrowArrayFactory.Slice(array, offset, length);
            IArrowArray again = ArrowArrayFactory.Slice(slice, length / 2, length - (length / 2));

            Assert.Equal(array.GetType(), slice.GetType());
            Assert.Equal(all[offset..(offset + length)], Rendering.Of(slice));
            Assert.Equal(all[(offset + (length / 2))..(offset + length)], Rendering.Of(again));
            Assert.Equal(all[offset..(offset + length)].Count(value => value == "null"), slice.NullCount);
        }
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void IsNull_EveryThirdValue_AsMade(string name, bool withNulls)
    {
        IArrowArray array = Samples.AllTypes(Rows, withNulls).Column(name);

        for (int i = 0; i < Rows; i++)
        {
            bool expected = array is NullArray || (withNulls && i % 3 == 1);
            Assert.Equal((expected, !expected), (array.IsNull(i), array.IsValid(i)));
        }

        Assert.Equal(Enumerable.Range(0, Rows).Count(array.IsNull), array.NullCount);
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void Build_FromNothing_IsEmpty(string name, bool withNulls)
    {
        IArrowArray array = Samples.AllTypes(0, withNulls).Column(name);

        Assert.Equal((0, 0), (array.Length, array.NullCount));
        Assert.Empty(Rendering.Of(array));
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void Clone_AnyArray_HoldsTheSameInOtherMemory(string name, bool withNulls)
    {
        IArrowArray array = Samples.AllTypes(Rows, withNulls).Column(name);

        IArrowArray copy = ArrowArrayFactory.BuildArray(array.Data.Clone());

        Assert.Equal(Rendering.Of(array), Rendering.Of(copy));
        Assert.All(copy.Data.Buffers.Zip(array.Data.Buffers), pair =>
            Assert.True(pair.First.IsEmpty || !pair.First.Span.Overlaps(pair.Second.Span)));
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void Accept_VisitorOfTheKind_IsCalledForTheKind(string name, bool withNulls)
    {
        IArrowArray array = Samples.AllTypes(3, withNulls).Column(name);
        var visitor = (IRecordingVisitor)Activator.CreateInstance(typeof(RecordingVisitor<>).MakeGenericType(array.GetType()))!;

        array.Accept(visitor);

        Assert.Same(array, visitor.Seen);
        Assert.True(visitor.SeenAsItsKind);
    }

    private interface IRecordingVisitor : IArrowArrayVisitor
    {
        IArrowArray? Seen { get; }

        bool SeenAsItsKind { get; }
    }

    private sealed class RecordingVisitor<T> : IRecordingVisitor, IArrowArrayVisitor<T>
        where T : class, IArrowArray
    {
        public IArrowArray? Seen { get; private set; }

        public bool SeenAsItsKind { get; private set; }

        public void Visit(T array)
        {
            Seen = array;
            SeenAsItsKind = true;
        }

        public void Visit(IArrowArray array) => Seen = array;
    }
}
