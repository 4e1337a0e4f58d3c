using Apache.Arrow;
using Apache.Arrow.Scalars;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Arrays;

/// <summary>Where arrays and builders refuse, or go on, and the package does otherwise.</summary>
public sealed class StricterTests
{
    [Theory]
    [MemberData(nameof(AllTypesTests.Columns), MemberType = typeof(AllTypesTests))]
    public void BuildArray_DataOfAnotherType_IsRefused(string name, bool withNulls)
    {
        IArrowArray array = Samples.AllTypes(3, withNulls).Column(name);
        IArrowArray other = array is Int8Array ? new Int16Array.Builder().Append(1).Build() : new Int8Array.Builder().Append(1).Build();

        Exception? refusal = Assert.ThrowsAny<Exception>(() => Activator.CreateInstance(array.GetType(), other.Data)).InnerException;

        Assert.IsType<ArgumentException>(refusal);
    }

    [Fact]
    public void Append_DecimalWithMoreDigitsThanTheType_Overflows()
    {
        var builder = new Decimal128Array.Builder(new Decimal128Type(3, 2));

        Assert.Throws<OverflowException>(() => builder.Append(-12m));
        Assert.Throws<OverflowException>(() => builder.Append("-10.5"));
        Assert.Throws<ArgumentException>(() => builder.Append("1.2.3"));
        Assert.Throws<ArgumentException>(() => builder.Append("-"));
        Assert.Equal("-9.99", builder.Append(-9.9900m).Build().GetString(0));
    }

    [Fact]
    public void GetString_NegativeScale_HasZerosBeforeThePoint()
    {
        Decimal128Array array = DecimalTests.Over(Int128.MinValue, 38, -2);

        Assert.Equal("-17014118346046923173168730371588410572800", array.GetString(0));
        Assert.False(array.TryGetValue(0, out _));
        Assert.Equal(-1_200m, DecimalTests.Over(-12, 2, -2).GetValue(0));
        Assert.Equal("0", DecimalTests.Over(0, 2, -2).GetString(0));
    }

    [Fact]
    public void List_OfNulls_CanBeTakenApart()
    {
        var builder = new ListArray.Builder(NullType.Default);
        builder.Append().ValueBuilder.AppendNull();
        builder.ValueBuilder.AppendNull();

        Assert.Equal(["[null,null]", "null"], Rendering.Of(builder.AppendNull().Build()));
    }

    [Fact]
    public void Build_Twice_GoesOnWhereItWas()
    {
        var builder = new ListArray.Builder(Int32Type.Default);
        var values = (Int32Array.Builder)builder.ValueBuilder;
        builder.Append();
        values.Append(1);
        ListArray first = builder.Build();
        builder.Append();
        values.Append(2).Append(3);

        Assert.Equal(["[1]"], Rendering.Of(first));
        Assert.Equal(["[1]", "[2,3]"], Rendering.Of(builder.Build()));
    }

    [Fact]
    public void Map_KeyWithoutValue_IsNotBuilt()
    {
        var builder = new MapArray.Builder(new MapType(StringType.Default, Int32Type.Default));
        ((StringArray.Builder)builder.Append().KeyBuilder).Append("lonely");

        Assert.ThrowsAny<Exception>(() => builder.Build());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-2)]
    public void GetBytes_ViewOfTheArraysOwnBuffers_Throws(int bufferIndex)
    {
        BinaryViewArray array = ViewTests.Over([new BinaryView(13, "text"u8, bufferIndex, 0)], new ArrowBuffer(new byte[20]));

        Assert.ThrowsAny<Exception>(() => array.GetBytes(0).Length);
    }

    [Fact]
    public void GetTimeSpan_MoreThanASpanHolds_Overflows()
    {
        DurationArray array = new DurationArray.Builder(DurationType.Second).Append(long.MaxValue).Build();

        Assert.Throws<OverflowException>(() => array.GetTimeSpan(0));
    }
}
